"""ECR, with the account's registry and AWS's own registry of TensorFlow images."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.ecr import models, urls
from moto.ecr.exceptions import RepositoryNotFoundException
from moto.sagemaker.exceptions import ValidationError

from localaws.moto_parts import replace

REGISTRY, REPOSITORY = "763104351884", "tensorflow-inference"
# from github.com/aws/deep-learning-containers and the names that the SageMaker SDKs build
TAGS = (
    "2.19-cpu",
    "2.19.0-cpu",
    "2.19.0-cpu-py312",
    "2.20-cpu-py312-sagemaker",
    "2.20.0-cpu-py312",
    "2.20.0-cpu-py312-amzn2023-sagemaker",
    "2.20.0-cpu-py312-sagemaker",
    "2.20.0-gpu-py312",
)
URI = re.compile(r"(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com/(.+):(.+)")
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


class Registries(models.ECRBackend):
    """The images of this account and of AWS.

    Gap: moto looks for an image in the account of the caller, whatever registry is named, and
    AWS's registries are empty.
    """

    _url_module = urls

    def batch_get_image(
        self,
        repository_name: str,
        registry_id: str | None = None,
        image_ids: list[dict[str, Any]] | None = None,
    ) -> Any:
        """Returns images of the registry that is named."""
        if registry_id and registry_id != self.account_id:
            other = models.ecr_backends[registry_id][self.region_name]
            return other.batch_get_image(repository_name, None, image_ids)
        if self.account_id == REGISTRY and REPOSITORY not in self.repositories:
            self.publish()
        return super().batch_get_image(repository_name, registry_id, image_ids)

    def publish(self) -> None:
        """Adds the images of TAGS to AWS's registry."""
        self.create_repository(REPOSITORY, None, {}, {}, "MUTABLE", [])
        for tag in TAGS:
            manifest = json.dumps({"schemaVersion": 2, "config": {"digest": tag}, "layers": []})
            self.put_image(REPOSITORY, manifest, tag, MEDIA_TYPE)


def check_image(image: str, region: str) -> None:
    """Raises SageMaker's error for an image that it could not fetch."""
    found = URI.fullmatch(image)
    if not found:
        raise ValidationError(
            f'Using non-ECR image "{image}" without Vpc repository access mode is not supported.'
        )
    account, where, name, tag = found.groups()
    if where != region:
        raise ValidationError(f"Image {image} is in {where}; it must be in {region}.")
    backend = models.ecr_backends[account][region]
    try:
        there = backend.batch_get_image(name, account, [{"imageTag": tag}])["images"]
    except RepositoryNotFoundException:
        there = []
    if not there:
        raise ValidationError(f"Requested image {image} not found.")


_create = models.Repository.create_from_cloudformation_json


def create_from_cloudformation_json(resource_name: str, *args: Any, **kwargs: Any) -> Any:
    """Creates a repository from a template, which need not name it.

    Gap: moto makes up a name with capital letters, which its ECR then refuses. AWS makes up one in
    small letters.
    """
    return _create(resource_name.lower(), *args, **kwargs)


def install() -> None:
    """Adds AWS's registry to moto's ECR, in this process."""
    replace(models.ecr_backends, "backend", Registries)
    replace(
        models.Repository,
        "create_from_cloudformation_json",
        staticmethod(create_from_cloudformation_json),
    )
