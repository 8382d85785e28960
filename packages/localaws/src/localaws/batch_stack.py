"""Batch compute environments, as CloudFormation templates define them."""

from __future__ import annotations

from typing import Any

from moto.batch import models, urls
from moto.iam.models import IAMBackend

from localaws.moto_parts import replace

SERVICE = "batch.amazonaws.com"


def service_role(iam: IAMBackend) -> str:
    """Returns the ARN of Batch's service-linked role, and creates the role if it is missing."""
    linked = [role for role in iam.get_roles() if role.path.endswith(f"/{SERVICE}/")]
    role = linked[0] if linked else iam.create_service_linked_role(SERVICE, "", "")
    return str(role.arn)


class Backend(models.BatchBackend):
    """Batch, with the service-linked role as the default.

    Gap: moto requires a service role for a compute environment. If none is named, AWS uses its
    service-linked role, and recommends that.
    """

    _url_module = urls  # moto derives this from the module a backend is defined in

    def create_compute_environment(
        self, compute_environment_name: str, _type: str, state: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Creates one, with the service-linked role if none is named."""
        if args:  # from CloudFormation, which names neither
            kwargs["compute_resources"], kwargs["service_role"] = args
        kwargs["service_role"] = kwargs["service_role"] or service_role(self.iam_backend)
        return super().create_compute_environment(compute_environment_name, _type, state, **kwargs)


_create = models.ComputeEnvironment.create_from_cloudformation_json


def create_from_cloudformation_json(
    resource_name: str, cloudformation_json: dict[str, Any], *args: Any, **kwargs: Any
) -> Any:
    """Creates a compute environment from a template, in which ServiceRole is optional."""
    cloudformation_json["Properties"].setdefault("ServiceRole", None)
    return _create(resource_name, cloudformation_json, *args, **kwargs)


def install() -> None:
    """Makes moto's Batch, in this process, use the service-linked role."""
    replace(models.batch_backends, "backend", Backend)
    replace(
        models.ComputeEnvironment,
        "create_from_cloudformation_json",
        staticmethod(create_from_cloudformation_json),
    )
