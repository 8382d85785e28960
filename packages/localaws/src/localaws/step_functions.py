"""Step Functions: moto's engine, corrected so that Metaflow's state machines run."""

from __future__ import annotations

import re
import uuid
from typing import Any

import jsonpath_ng
from botocore.model import OperationModel
from botocore.session import Session
from moto.core.config import default_user_config
from moto.core.exceptions import AWSError
from moto.stepfunctions import urls
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_batch as batch_task,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_factory as factory,
)
from moto.stepfunctions.parser.asl.utils import json_path

from localaws.moto_parts import replace


class StateMachineExistsError(AWSError):
    """The answer to CreateStateMachine for a name that has another definition."""

    TYPE = "StateMachineAlreadyExists"


class Backend(models.StepFunctionsParserBackend):
    """The state machines.

    Gap: if a machine exists with another definition, moto returns the old one and ignores the new
    definition, so a second ``step-functions create`` of Metaflow changes nothing. An execution
    without a name is named None, so a second one collides.
    """

    _url_module = urls  # moto derives this from the module a backend is defined in

    def create_state_machine(self, name: str, definition: str, *args: Any, **kwargs: Any) -> Any:
        """Rejects another definition for a name in use; Metaflow then updates the machine."""
        existing = self._revision_by_name(name)
        if existing and existing.definition != definition:
            raise StateMachineExistsError(f"State Machine Already Exists: '{existing.arn}'")
        return super().create_state_machine(name, definition, *args, **kwargs)

    def start_execution(self, state_machine_arn: str, name: str | None = None, *args: Any) -> Any:
        """Gives the execution a name, as AWS does, if the caller does not."""
        return super().start_execution(state_machine_arn, name or str(uuid.uuid4()), *args)


class BatchTask(batch_task.StateTaskServiceBatch):
    """The integration ``batch:submitJob``.

    Gap: it passes ``JobName`` to an API that expects ``jobName``, and reads ``JobId`` from an
    answer that has ``jobId``. moto has the conversion but does not call it here.
    """

    def _operation(self, service: str | None, action: str | None) -> OperationModel:
        model = Session().get_service_model(self._get_boto_service_name(service))
        wanted = self._get_boto_service_action(action).replace("_", "")
        return model.operation_model(next(n for n in model.operation_names if n.lower() == wanted))

    def _normalise_parameters(
        self, parameters: Any, boto_service_name: Any = None, service_action_name: Any = None
    ) -> None:
        operation = self._operation(boto_service_name, service_action_name)
        self._to_boto_request(parameters, operation.input_shape)

    def _normalise_response(
        self, response: Any, boto_service_name: Any = None, service_action_name: Any = None
    ) -> None:
        operation = self._operation(boto_service_name, service_action_name)
        self._from_boto_response(response, operation.output_shape)


class Fields(jsonpath_ng.JSONPath):
    """The path ``$.['a','b']``: an object of the named fields that exist.

    Gap: moto's engine makes a list of their values. Metaflow passes the parents of a join in this
    way.
    """

    PATTERN = re.compile(r"\$\.?\[('[^']+'(?:\s*,\s*'[^']+')+)\]")

    def __init__(self, names: list[str]):
        self.names = names

    def find(self, datum: Any) -> list[jsonpath_ng.DatumInContext]:
        """Returns one match, whichever fields exist."""
        found = {name: datum[name] for name in self.names if name in datum}
        return [jsonpath_ng.DatumInContext.wrap(found)]


_parse = json_path.parse  # type: ignore[attr-defined]


def parse(path: str) -> Any:
    """Parses as ``jsonpath_ng.ext`` does, except for several fields, as in Step Functions."""
    fields = Fields.PATTERN.fullmatch(path)
    return Fields(re.findall(r"'([^']+)'", fields[1])) if fields else _parse(path)


def install() -> None:
    """Makes moto's Step Functions, in this process, execute state machines.

    Gap: by default, moto records an execution but never runs it.
    """
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    replace(models.stepfunctions_parser_backends, "backend", Backend)
    replace(factory, "StateTaskServiceBatch", BatchTask)
    replace(json_path, "parse", parse)
