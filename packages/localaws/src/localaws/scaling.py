"""Application Auto Scaling of endpoints: targets and policies, which scale nothing here."""

from __future__ import annotations

from typing import Any

from moto.applicationautoscaling import models, urls
from moto.core.exceptions import JsonRESTError
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends

from localaws.moto_parts import replace

DIMENSION = "sagemaker:variant:DesiredInstanceCount"


class Scaling(models.ApplicationAutoscalingBackend):
    """Scalable targets, those of SageMaker as AWS has them.

    Gap: moto registers endpoints that do not exist and does not bring their instances into the
    range. It takes policies of what is not registered, keeps those of a target that is
    deregistered, and has another error for a target that is not there.
    """

    _url_module = urls  # moto derives this from the module a backend is defined in

    def register_scalable_target(
        self, namespace: str, r_id: str, dimension: str, *args: Any, **kw: Any
    ) -> Any:
        """Rejects what is no endpoint on instances; brings their number into the range."""
        variant = self._variant(r_id) if dimension == DIMENSION else {}
        target = super().register_scalable_target(namespace, r_id, dimension, *args, **kw)
        if variant:
            least, most = target.min_capacity, target.max_capacity
            count = min(max(variant["DesiredInstanceCount"], least), most)
            variant.update(DesiredInstanceCount=count, CurrentInstanceCount=count)
        return target

    def _variant(self, resource: str) -> dict[str, Any]:
        _, name, _, wanted = resource.split("/")
        backend: Any = sagemaker_backends[self.account_id][self.region_name]
        endpoint = backend.endpoints.get(name)
        for variant in endpoint.production_variants if endpoint else []:
            if variant["VariantName"] == wanted and "DesiredInstanceCount" in variant:
                return variant  # type: ignore[no-any-return]
        raise ValidationError(f"Could not find a variant on instances: {resource}.")

    def put_scaling_policy(
        self, policy_name: str, service_namespace: str, resource_id: str, *args: Any, **kw: Any
    ) -> Any:
        """Rejects a policy of what is not registered."""
        dimension = kw.get("scalable_dimension") or args[0]
        if not self._scalable_target_exists(resource_id, dimension):
            raise NotFoundError(f"No scalable target registered for resource ID: {resource_id}")
        return super().put_scaling_policy(policy_name, service_namespace, resource_id, *args, **kw)

    def deregister_scalable_target(self, namespace: str, r_id: str, dimension: str) -> None:
        """Forgets a target with its policies."""
        if not self._scalable_target_exists(r_id, dimension):
            raise NotFoundError(f"No scalable target found for resource ID: {r_id}")
        super().deregister_scalable_target(namespace, r_id, dimension)
        for key, policy in list(self.policies.items()):
            if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
                del self.policies[key]


class NotFoundError(JsonRESTError):
    """The error for a target that is not registered."""

    def __init__(self, message: str):
        super().__init__("ObjectNotFoundException", message)


def check_unscaled(endpoint: Any, account: str, region: str) -> None:
    """Raises ValidationError if a variant of an endpoint is a scalable target."""
    if _registered(endpoint, account, region):
        raise ValidationError(
            f'Cannot change the instance type of endpoint "{endpoint.arn}", which is registered '
            "with Application Auto Scaling: deregister it first."
        )


def forget(endpoint: Any, account: str, region: str) -> None:
    """Deregisters the variants of an endpoint, as DeleteEndpoint does."""
    backend = models.applicationautoscaling_backends[account][region]
    for resource in _registered(endpoint, account, region):
        backend.deregister_scalable_target("sagemaker", resource, DIMENSION)


def _registered(endpoint: Any, account: str, region: str) -> list[str]:
    backend = models.applicationautoscaling_backends[account][region]
    start = f"endpoint/{endpoint.endpoint_name}/variant/"
    return [one for one in backend.targets.get(DIMENSION, {}) if one.startswith(start)]


def install() -> None:
    """Makes moto's Application Auto Scaling, in this process, know endpoints."""
    replace(models.applicationautoscaling_backends, "backend", Scaling)
