"""deploy_model.py DATA IMAGE MODEL ENDPOINT: deploys with the SageMaker SDK, as a project would."""

import os
import sys

import boto3
import sagemaker
from sagemaker.tensorflow import TensorFlowModel

data, image, model, endpoint = sys.argv[1:]
session = sagemaker.Session(
    boto_session=boto3.Session(),
    sagemaker_client=boto3.client("sagemaker"),
    sagemaker_runtime_client=boto3.client("sagemaker-runtime"),
    default_bucket=os.environ["LOCALAWS_BUCKET"],
)
predictor = TensorFlowModel(
    name=model,
    model_data=data,
    role=os.environ["SAGEMAKER_ROLE"],
    image_uri=image,
    sagemaker_session=session,
).deploy(
    initial_instance_count=1,
    instance_type="ml.c7i.large",
    endpoint_name=endpoint,
    tags=[{"Key": "project", "Value": "rehearsal"}],
    wait=False,
)
