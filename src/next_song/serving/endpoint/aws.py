"""AWS clients, whose errors become one line each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
)

from next_song.errors import EndpointError

# throttled calls are retried with growing delays
RETRIES = Config(
    retries={"mode": "standard", "total_max_attempts": 9}, connect_timeout=5, read_timeout=70
)
FEW_RETRIES = Config(
    retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=30
)
DENIED = "the role or user lacks a permission: see infrastructure/next_song.yml"
ADVICE = {
    "AccessDenied": DENIED,
    "AccessDeniedException": DENIED,
    "NoSuchBucket": "there is no such bucket: give one that exists",
    "404": "there is no such object: give the archive of a run that is there",
    "ThrottlingException": "too many requests, also after retries: wait, or add instances",
    "ModelError": "the model has failed: CloudWatch has its log; deploy it again",
    "ModelNotReadyException": "the model is still loading: ask again in a minute",
}


def client(service: str, config: Config = RETRIES) -> Any:
    """Returns a client for the session's region. Raises EndpointError if it has none."""
    with plain_errors(service):
        return boto3.Session().client(service, config=config)


@contextmanager
def plain_errors(what: str) -> Iterator[None]:
    """Turns errors of boto3 into one EndpointError that says what, why and what to do."""
    try:
        yield
    except ClientError as error:
        found = error.response["Error"]
        advice = ADVICE.get(found["Code"])
        message = found.get("Message") or error.response.get("OriginalMessage") or ""
        text = _line(message).rstrip(".") + (f"; {advice}" if advice else "")
        raise EndpointError(f"{what}: {found['Code']}: {text}") from error
    except (NoCredentialsError, NoRegionError) as error:
        raise EndpointError(
            f"{what}: {_line(error)}; set AWS_PROFILE, or AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION"
        ) from error
    except (ReadTimeoutError, ConnectTimeoutError) as error:
        raise EndpointError(f"{what}: no answer in time: {_line(error)}; try again") from error
    except ProfileNotFound as error:
        raise EndpointError(f"{what}: {_line(error)}; correct AWS_PROFILE") from error
    except (BotoCoreError, Boto3Error) as error:
        raise EndpointError(f"{what}: {_line(error)}; check network and region") from error


def attempt(call: Callable[[], Any], done: Callable[[], bool]) -> None:
    """Calls AWS; if the call fails, `done` looks whether AWS has done it all the same.

    A response can be lost after the service has acted. boto3 then repeats the call, which fails,
    because what it asks for exists already or is gone already. Raises the error of the call, or of
    looking, if it was not done.
    """
    try:
        call()
    except (ClientError, BotoCoreError):
        if not done():
            raise


def is_denied(error: ClientError) -> bool:
    """Returns whether a permission is lacking."""
    return error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")


def is_missing(error: ClientError) -> bool:
    """Returns whether SageMaker says that nothing has that name."""
    found = error.response["Error"]
    return found["Code"] == "ValidationException" and "could not find" in found["Message"].lower()


def _line(message: object) -> str:
    return " ".join(str(message).split())[:300]
