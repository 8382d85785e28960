"""A SageMaker that is a table of descriptions: quicker than a stand-in where one call is tested."""

from typing import Any

from botocore.exceptions import ClientError

from next_song.grid import base_parameters
from next_song.parameters import Autoscaling, Deployment

OURS = {"project": "next-song", "endpoint": "songs"}
SCALED = Autoscaling(min_instances=2, max_instances=5, invocations_per_instance=70)
SETTINGS = Deployment.model_validate(base_parameters()["deployment"])


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeEndpoint")


MISSING = error("ValidationException", "Could not find endpoint")


class SageMaker:
    """Endpoints by name; an update is done at once. calls: what was asked to change."""

    def __init__(self, tags: dict[str, str] | None = None, **endpoints: dict[str, Any]) -> None:
        self.endpoints, self.tags, self.calls = endpoints, tags or {}, list[Any]()
        self.configs = dict[str, Any]()

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if EndpointName not in self.endpoints:
            raise MISSING
        return {"EndpointArn": EndpointName} | self.endpoints[EndpointName]

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        found: dict[str, Any] = self.configs[EndpointConfigName]
        return found

    def list_tags(self, **_: str) -> dict[str, Any]:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}

    def update_endpoint(self, **given: Any) -> None:
        self.calls.append(given)
        self.endpoints[given["EndpointName"]] |= {"EndpointConfigName": given["EndpointConfigName"]}

    def delete_endpoint(self, EndpointName: str) -> None:  # noqa: N803
        self.calls.append(f"delete {EndpointName}")
        del self.endpoints[EndpointName]


def serving(config: str, **more: Any) -> dict[str, Any]:
    return {"EndpointStatus": "InService", "EndpointConfigName": config} | more
