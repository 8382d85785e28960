"""SageMaker models and endpoint configurations."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError
from botocore.session import Session
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sagemaker import models, responses, urls
from moto.sagemaker.exceptions import ValidationError

from localaws.images import check_image
from localaws.model_container import Host
from localaws.moto_parts import replace

ASSUME = (
    'Please ensure that the role "{role}" exists and that its trust relationship policy allows '
    'the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
)


class Registry(models.SageMakerModelBackend):
    """Models and endpoint configurations, checked as AWS checks them.

    Gap: moto replaces a model or configuration of the same name. It accepts a role, an image and
    model data that do not exist. It adds an existing tag a second time, and answers with status
    500 if the tags of something deleted are requested.
    """

    _url_module = urls  # moto derives this from the module a backend is defined in
    host: Host

    def create_model(self, model_name: str, execution_role_arn: str, *args: Any, **kw: Any) -> Any:
        """Rejects a name in use, and a role, an image or model data that does not exist."""
        if model_name in self._models:
            arn = self._models[model_name].arn
            raise ValidationError(f'Cannot create already existing model "{arn}".')
        definition = kw.get("primary_container") or (kw.get("containers") or [{}])[0]
        check_image(definition["Image"], self.region_name)
        if url := definition.get("ModelDataUrl"):
            self._check_access(url, execution_role_arn)
        return super().create_model(model_name, execution_role_arn, *args, **kw)

    def _check_access(self, url: str, role: str) -> None:
        try:
            iam_backends[self.account_id][self.partition].get_role_by_arn(role)
        except NotFoundException as error:
            reason = f"Could not access model data at {url}. {ASSUME.format(role=role)}"
            raise ValidationError(reason) from error
        source = urlparse(url)
        try:
            self.host.s3.head_object(Bucket=source.netloc, Key=source.path.lstrip("/"))
        except ClientError as error:
            raise ValidationError(f"Could not find model data at {url}.") from error

    def create_endpoint_config(self, endpoint_config_name: str, *args: Any, **kw: Any) -> Any:
        """Rejects a name in use."""
        if endpoint_config_name in self.endpoint_configs:
            arn = self.endpoint_configs[endpoint_config_name].endpoint_config_arn
            raise ValidationError(f'Cannot create already existing endpoint configuration "{arn}".')
        return super().create_endpoint_config(endpoint_config_name, *args, **kw)

    def add_tags(self, arn: str, tags: list[dict[str, str]]) -> Any:
        """Sets tags; an existing tag gets the new value."""
        self.delete_tags(arn, [tag["Key"] for tag in tags])
        return super().add_tags(arn, tags)

    def _get_resource_from_arn(self, arn: str) -> Any:
        resource = super()._get_resource_from_arn(arn)
        if resource is None:
            raise ValidationError(f'Could not find resource "{arn}".')
        return resource


class QuotedError(ValidationError):
    """The error with which models and endpoints are rejected.

    Gap: moto quotes the ARN of what it could not find with single quotes, AWS with double quotes.
    """

    def __init__(self, message: str):
        super().__init__(message.replace("'", '"') if "Could not find" in message else message)


def validate_instance_type(_: models.FakeEndpointConfig, instance_type: str) -> None:
    """Checks an instance type against the list of the API.

    Gap: moto has a list of its own, which ends with the families m5 and c5.
    """
    api = Session().get_service_model("sagemaker")
    known = api.shape_for("ProductionVariantInstanceType").enum
    if instance_type not in known:
        raise ValidationError(
            f"1 validation error detected: Value '{instance_type}' at 'instanceType' failed to "
            f"satisfy constraint: Member must satisfy enum value set: {known}"
        )


def list_models(self: responses.SageMakerResponse) -> Any:
    """Answers ListModels.

    Gap: moto ignores NameContains, and returns all models in one page, without order.
    """
    wanted = self._get_param("NameContains") or ""
    found = [m for m in self.sagemaker_backend.list_models() if wanted in m.model_name]
    found.sort(key=lambda m: m.creation_time, reverse=self._get_param("SortOrder") != "Ascending")
    start = int(self._get_param("NextToken") or 0)
    end = start + int(self._get_param("MaxResults") or 10)
    page = [model.response_object for model in found[start:end]]
    more = {"NextToken": str(end)} if end < len(found) else {}
    return ActionResult({"Models": page, **more})


def install() -> None:
    """Makes moto's SageMaker, in this process, check and list as AWS does."""
    replace(models, "ValidationError", QuotedError)
    replace(models.FakeEndpointConfig, "validate_instance_type", validate_instance_type)
    replace(responses.SageMakerResponse, "list_models", list_models)
