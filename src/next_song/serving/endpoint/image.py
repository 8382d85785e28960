"""The serving image: its address, its TensorFlow version, and whether it exists."""

import logging
import re
from typing import Any

from botocore.exceptions import ClientError

from next_song.errors import InputError
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.versions import minor

logger = logging.getLogger(__name__)

DENIED = ("AccessDeniedException", "AccessDenied")
ECR = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([\w-]+)\.[\w.]+/(.+):(.+)")


def image_uri(image: str) -> str:
    """Returns the address of an image, in AWS's own registry of the region if it names none.

    Raises EndpointError without a region, and InputError for a region without such a registry.
    """
    if "/" in image:
        return image
    region = client("ecr").meta.region_name
    from next_song.serving.endpoint.sdk import registry  # takes seconds

    return f"{registry(region)}/{image}"


def check_version(image: str, exported_with: str) -> None:
    """Raises InputError if an archive was exported with a later TensorFlow than the image has.

    An earlier version is fine, since TensorFlow reads what earlier versions wrote.
    """
    served, written = (minor(text) for text in (image.rsplit(":", 1)[1], exported_with))
    if [int(part) for part in written.split(".")] > [int(part) for part in served.split(".")]:
        raise InputError(
            f"model: found it exported with TensorFlow {exported_with}; expected at most {served}, "
            f"which {image} serves: deploy it with the next-song that wrote it"
        )


def check_exists(uri: str) -> None:
    """Checks that an image exists in its registry, an ECR registry in the region of the endpoint.

    Without the permission to look it up, it logs a warning and returns. Raises InputError if the
    image does not exist, and EndpointError if ECR does not answer.
    """
    ecr = client("ecr")
    region, found = ecr.meta.region_name, ECR.fullmatch(uri)
    if not found or found[2] != region:
        raise InputError(
            f"deployment.image: found {uri}; expected an image in a registry of ECR in {region}, "
            "the only place that SageMaker fetches it from: push a copy there"
        )
    given: dict[str, Any] = {"registryId": found[1], "repositoryName": found[3]}
    with plain_errors(f"deployment.image {uri}"):
        try:
            there = ecr.batch_get_image(**given, imageIds=[{"imageTag": found[4]}])["images"]
        except ecr.exceptions.RepositoryNotFoundException:
            there = []
        except ClientError as error:
            if error.response["Error"]["Code"] not in DENIED:
                raise
            logger.warning("image %s: not looked for, ecr:BatchGetImage is denied", uri)
            return
    if not there:
        raise InputError(
            f"deployment.image: found no {uri}; expected an image that its registry has: "
            "docs/aws.md says how to list them"
        )
