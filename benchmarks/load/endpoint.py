"""Load on an endpoint of the stand-in: `python -m load.endpoint MODEL [RATE...]` in `localaws run`.

The requests of `python -m load` go to the runtime of localaws, which passes each on to the
container; it checks no signature, so the client signs none.
"""

import os
import sys
from pathlib import Path

import boto3

from comparison.tables import table
from load.__main__ import HEADER, RATES, asked, measured
from localaws import images

NAME = "load"
IMAGE = f"{images.REGISTRY}.dkr.ecr.us-east-1.amazonaws.com/{images.REPOSITORY}:{images.TAGS[-1]}"


def deploy(model: Path) -> None:
    """Create the endpoint, and wait until it is in service."""
    bucket, key = os.environ["LOCALAWS_BUCKET"], "load/model.tar.gz"
    boto3.client("s3").upload_file(str(model), bucket, key)
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_model(
        ModelName=NAME,
        ExecutionRoleArn=os.environ["SAGEMAKER_ROLE"],
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/{key}"},
    )
    variant = {"VariantName": "AllTraffic", "ModelName": NAME, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=NAME, ProductionVariants=[variant | {"InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME, WaiterConfig={"Delay": 1})


def main(model: Path, rates: list[float]) -> None:
    """Deploy, measure and show."""
    deploy(model)
    url = os.environ["AWS_ENDPOINT_URL"]
    requests = {"invocations": asked(url, f"/endpoints/{NAME}/invocations", model)}
    print(table(HEADER, measured(url, requests, rates or [*RATES])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [float(rate) for rate in sys.argv[2:]])
