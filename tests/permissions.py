"""What the template lets each role and policy do: a line for each statement."""

from collections.abc import Iterator
from typing import Any

KINDS = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
ARN, HERE = "arn:${AWS::Partition}:", ":${AWS::Region}:${AWS::AccountId}:"


def permissions(template: dict[str, Any]) -> Iterator[str]:
    """Gives who may do what on what, and on which conditions, in the order of the template."""
    for name, found in template["Resources"].items():
        documents = _documents(found["Properties"]) if found["Type"] in KINDS else []
        for statement in (one for document in documents for one in document["Statement"]):
            what, where = (_text(statement[key]) for key in ("Action", "Resource"))
            on = where.replace(ARN, "arn:").replace(HERE, ":here:")
            condition = f", if {_text(statement['Condition'])}" if "Condition" in statement else ""
            yield f"{name}: {statement['Effect']} {what} on {on}{condition}"


def _documents(properties: dict[str, Any]) -> list[dict[str, Any]]:
    policies = [one["PolicyDocument"] for one in properties.get("Policies", [])]
    return policies + [properties[key] for key in ("PolicyDocument",) if key in properties]


def _text(given: Any) -> str:
    """Shows a value; what CloudFormation fills in is `${Name}`."""
    if isinstance(given, list):
        return " or ".join(sorted(map(_text, given)))
    if not isinstance(given, dict):
        return str(given)
    ((key, value), *_) = given.items()
    if key == "Fn::GetAtt":
        return "${" + ".".join(value if isinstance(value, list) else [value]) + "}"
    if key in ("Fn::Sub", "Ref"):
        return str(value) if key == "Fn::Sub" else "${" + value + "}"
    return " and ".join(f"{key} {_text(value)}" for key, value in given.items())
