"""Batch compute environments as templates define them."""

from __future__ import annotations

from typing import Any

from moto.batch import models, urls
from moto.iam.models import IAMBackend

from localaws.moto_parts import replace

SERVICE = "batch.amazonaws.com"


def service_role(iam: IAMBackend) -> str:
    """Give the ARN of Batch's service-linked role, which is made when first needed."""
    linked = [role for role in iam.get_roles() if role.path.endswith(f"/{SERVICE}/")]
    role = linked[0] if linked else iam.create_service_linked_role(SERVICE, "", "")
    return str(role.arn)


class Backend(models.BatchBackend):
    """Batch.

    Gap: moto demands a service role of a compute environment. The service takes its
    service-linked role when none is named, which is what AWS advises.
    """

    _url_module = urls  # moto derives this from the module a backend is defined in

    def create_compute_environment(
        self, compute_environment_name: str, _type: str, state: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Create one, with the service-linked role if none is named."""
        if args:  # from CloudFormation, which names neither
            kwargs["compute_resources"], kwargs["service_role"] = args
        kwargs["service_role"] = kwargs["service_role"] or service_role(self.iam_backend)
        return super().create_compute_environment(compute_environment_name, _type, state, **kwargs)


_create = models.ComputeEnvironment.create_from_cloudformation_json


def create_from_cloudformation_json(
    resource_name: str, cloudformation_json: dict[str, Any], *args: Any, **kwargs: Any
) -> Any:
    """Create a compute environment from a template, where ServiceRole is optional too."""
    cloudformation_json["Properties"].setdefault("ServiceRole", None)
    return _create(resource_name, cloudformation_json, *args, **kwargs)


def install() -> None:
    """Make moto's Batch, in this process, use the service-linked role."""
    replace(models.batch_backends, "backend", Backend)
    replace(
        models.ComputeEnvironment,
        "create_from_cloudformation_json",
        staticmethod(create_from_cloudformation_json),
    )
