"""All code that needs version 2 of the SageMaker SDK, whose support ends on 2027-07-06.

boto3 can replace it here: with `create_model`, and a table of AWS's registries by region.
"""

import os
from typing import Any

os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")  # only v2 has TensorFlowModel

from sagemaker import image_uris  # takes seconds: import this module late
from sagemaker.session import Session
from sagemaker.tensorflow.model import TensorFlowModel

from next_song.errors import InputError

KNOWN = "2.19"  # the newest version whose images v2 can name


def registry(region: str) -> str:
    """Returns the host of AWS's registry of TensorFlow images in a region, or raises InputError."""
    known = {"version": KNOWN, "image_scope": "inference", "instance_type": "ml.m5.large"}
    try:
        uri: str = image_uris.retrieve("tensorflow", region, **known)
    except ValueError as error:
        raise InputError(
            f"region {region}: found no registry of AWS's TensorFlow images; expected a region "
            "that has one: give deployment.image as REGISTRY/NAME:TAG"
        ) from error
    return uri.split("/")[0]


def create_model(sagemaker: Any, instance_type: str, tags: Any, **model: Any) -> None:
    """Creates a SageMaker model. model: arguments of TensorFlowModel.

    sagemaker: a boto3 client, whose errors are raised.
    """
    bucket = model["model_data"].removeprefix("s3://").split("/")[0]
    session = Session(sagemaker_client=sagemaker, default_bucket=bucket)
    TensorFlowModel(sagemaker_session=session, **model).create(
        instance_type=instance_type, tags=tags
    )
