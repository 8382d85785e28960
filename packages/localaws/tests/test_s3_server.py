from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def bucket(stand_in) -> str:
    return stand_in.environment["LOCALAWS_BUCKET"]


def test_put_and_get(stand_in, bucket):
    s3 = stand_in.client("s3")
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"song")
    assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"song"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
        ({"aws_access_key_id": "nobody"}, "InvalidAccessKeyId"),
    ],
)
def test_wrong_credentials_are_refused(stand_in, bucket, wrong, code):
    with pytest.raises(ClientError) as refused:
        stand_in.client("s3", **wrong).put_object(Bucket=bucket, Key="a", Body=b"")
    assert refused.value.response["Error"]["Code"] == code


def test_moto_takes_any_signature(stock):
    """Why S3 is not moto's: once this fails, moto may do."""
    anyone = stock.client("s3", aws_secret_access_key="wrong")  # noqa: S106
    anyone.create_bucket(Bucket="bucket")
    anyone.put_object(Bucket="bucket", Key="a", Body=b"")
