"""SageMaker hosting: endpoints, each with a container that an update replaces."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.logs.models import logs_backends
from moto.sagemaker import models, responses
from moto.sagemaker.exceptions import ValidationError

from localaws import scaling
from localaws.lock import STATE
from localaws.log import LogStream
from localaws.model_container import Host, ModelContainer, StartError
from localaws.model_registry import Registry
from localaws.moto_parts import replace
from localaws.shifting import AlarmError, Roll, alarms, moves, shift
from localaws.traffic import Fleet


class Hosting(Registry):
    """Endpoints whose containers run.

    Gap: in moto, an endpoint is InService at once, whatever its model, and nothing runs. Updating
    an endpoint is not implemented, creating one that exists replaces it, and one that is being
    created can be deleted. Alarms never fire.
    """

    host: Host

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.fleets: dict[str, Fleet] = {}

    def create_endpoint(self, endpoint_name: str, endpoint_config_name: str, tags: Any) -> Any:
        """Starts a container; the endpoint is Creating until it is healthy, or Failed."""
        if endpoint_name in self.endpoints:
            arn = self.endpoints[endpoint_name].arn
            raise ValidationError(f'Cannot create already existing endpoint "{arn}".')
        endpoint = super().create_endpoint(endpoint_name, endpoint_config_name, tags)
        self._begin_roll(endpoint, "Creating", Roll(endpoint_config_name))
        return endpoint

    def update_endpoint(
        self,
        endpoint_name: str,
        endpoint_config_name: str,
        deployment: dict[str, Any],
        retain: bool = False,
    ) -> Any:
        """Starts a new container; the old one answers until the new one is healthy.

        Traffic then moves as ``deployment`` says, a DeploymentConfig. If the new container fails,
        or an alarm fires, the endpoint is InService as before, with a FailureReason. ``retain``
        keeps the number of instances, which autoscaling may have changed.
        """
        endpoint = self._settled(endpoint_name)
        self.describe_endpoint_config(endpoint_config_name)
        new = self.endpoint_configs[endpoint_config_name].production_variants[0]
        if "ServerlessConfig" in new and not _is_serverless(endpoint):
            raise ValidationError(
                "Updating an endpoint that is hosted on instances to a serverless endpoint is not "
                "supported."
            )
        if endpoint.endpoint_status == "Failed":
            raise ValidationError(f'Cannot update endpoint "{endpoint.arn}" that has failed.')
        if endpoint.endpoint_config_name == endpoint_config_name:
            raise ValidationError(
                "Cannot update endpoint with the currently in use endpoint configuration."
            )
        now = self.endpoint_configs[endpoint.endpoint_config_name].production_variants[0]
        if now.get("InstanceType") != new.get("InstanceType"):
            scaling.check_unscaled(endpoint, self.account_id, self.region_name)
        count = endpoint.production_variants[0].get("DesiredInstanceCount")
        kept = {"InitialInstanceCount": count} if retain and count else {}
        plan = moves(deployment, new | kept)
        watched = alarms(deployment, self.account_id, self.region_name)
        self._begin_roll(endpoint, "Updating", Roll(endpoint_config_name, plan, watched, kept))
        return endpoint

    def delete_endpoint(self, endpoint_name: str) -> None:
        """Stops its container and deregisters it; the endpoint is Deleting, then gone."""
        scaling.forget(self._settled(endpoint_name), self.account_id, self.region_name)
        self._begin(self._settled(endpoint_name), "Deleting", self._retire)

    def _settled(self, name: str) -> Any:
        self.describe_endpoint(name)
        endpoint = self.endpoints[name]
        if endpoint.endpoint_status not in ("InService", "Failed"):
            raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        return endpoint

    def _begin(self, endpoint: Any, status: str, work: Callable[..., None], *args: Any) -> None:
        endpoint.endpoint_status, endpoint.last_modified_time = status, utcnow()
        threading.Thread(target=work, args=(endpoint, *args), daemon=True).start()

    def _begin_roll(self, endpoint: Any, status: str, roll: Roll) -> None:
        endpoint.pending_deployment_summary = {"EndpointConfigName": roll.config_name}
        self._begin(endpoint, status, self._roll, roll)

    def _roll(self, endpoint: Any, roll: Roll) -> None:
        """Starts a container and moves the traffic to it."""
        name, new = endpoint.endpoint_name, None
        fleet = self.fleets.get(name)
        old = fleet.container if fleet else None
        try:
            new, variant = self._container(endpoint, roll.config_name)
            if fleet:
                shift(fleet, new, roll.plan, roll.watched, self.host.pace)
        except Exception as error:  # whatever fails, the endpoint must report it
            self._fail(endpoint, error)
            old = new
        else:
            self._serve(endpoint, roll.config_name, fleet or Fleet(new), variant | roll.kept)
        if old:
            old.stop()

    def _fail(self, endpoint: Any, error: Exception) -> None:
        plain = isinstance(error, StartError | AlarmError)
        with STATE:
            endpoint.failure_reason = str(error) if plain else repr(error)
            served = endpoint.endpoint_name in self.fleets
            endpoint.endpoint_status = "InService" if served else "Failed"
            endpoint.pending_deployment_summary = None
            endpoint.last_modified_time = utcnow()

    def _serve(self, endpoint: Any, config_name: str, fleet: Fleet, variant: Any) -> None:
        with STATE:
            self.fleets[endpoint.endpoint_name] = fleet
            endpoint.endpoint_config_name, endpoint.failure_reason = config_name, None
            endpoint.production_variants = endpoint._process_production_variants([variant])
            endpoint.endpoint_status, endpoint.last_modified_time = "InService", utcnow()
            endpoint.pending_deployment_summary = None

    def _container(self, endpoint: Any, config_name: str) -> tuple[ModelContainer, Any]:
        with STATE:
            variant = self.endpoint_configs[config_name].production_variants[0]
            model = self.describe_model(variant["ModelName"])
            backend = logs_backends[self.account_id][self.region_name]
        group = f"/aws/sagemaker/Endpoints/{endpoint.endpoint_name}"
        log = LogStream(backend, group, f"{variant['VariantName']}/{config_name}")
        return self.host.start(variant, model, log), variant

    def _retire(self, endpoint: Any) -> None:
        with STATE:
            fleet = self.fleets.pop(endpoint.endpoint_name, None)
        if fleet:
            fleet.container.stop()
        with STATE:
            del self.endpoints[endpoint.endpoint_name]


def _is_serverless(endpoint: Any) -> bool:
    return "CurrentServerlessConfig" in endpoint.production_variants[0]


def update_endpoint(self: responses.SageMakerResponse) -> ActionResult:
    """Answers UpdateEndpoint.

    Gap: moto does not have this operation, and answers with status 500.
    """
    name, config = self._get_param("EndpointName"), self._get_param("EndpointConfigName")
    deployment = self._get_param("DeploymentConfig") or {}
    retain = bool(self._get_param("RetainAllVariantProperties"))
    backend: Any = self.sagemaker_backend
    endpoint = backend.update_endpoint(name, config, deployment, retain)
    return ActionResult({"EndpointArn": endpoint.arn})


def install(host: Host) -> None:
    """Makes moto's SageMaker, in this process, host models on ``host``."""
    Hosting.host = host
    replace(models.sagemaker_backends, "backend", Hosting)
    responses.SageMakerResponse.update_endpoint = update_endpoint  # type: ignore[attr-defined]
