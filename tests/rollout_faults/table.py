"""The entries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rollout_faults import scaled
from rollout_faults.actor import BUCKET, Actor
from rollout_faults.case import Case, Entry

CALLS = (
    "s3:CopyObject",
    "record:PutObject",
    "lock:PutObject",
    "CreateModel",
    "CreateEndpointConfig",
    "CreateEndpoint",
    "InvokeEndpoint",
    "DeleteEndpoint",
    "PutMetricAlarm",
    "UpdateEndpoint",
    "AddTags",
    "DeleteEndpointConfig",
    "DeleteModel",
)
LOOKS = ("DescribeEndpoint", "ListTags", "ListEndpoints", "ListModels", "s3:HeadObject")
SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT")
OLD = ("Z", "A")  # so that there is something to delete
BAD: dict[str, dict[str, Any]] = {
    "is no archive": {"raw": "not a line of JSON"},
    "crashes when it starts": {"bad": "crash"},
    "answers each request with 400": {"bad": 400},
    "answers each request with 500": {"bad": 500},
    "fails for long histories alone": {"bad": "long histories"},
    "answers with no JSON": {"bad": "no JSON"},
    "has other scores": {"bad": "scores"},
    "has other songs": {"bad": "songs"},
    "says known of the unknown": {"bad": "known"},
    "answers with too few songs": {"bad": "too few"},
    "answers with one song twice": {"bad": "doubled"},
    "does not answer in time": {"slow": 8},
}


def kills() -> Iterator[Entry]:
    """Each signal at the end of each call that changes something."""
    for signal in SIGNALS:
        for call in CALLS:
            fast = (signal, call) in (("SIGKILL", "UpdateEndpoint"), ("SIGTERM", "CreateEndpoint"))
            yield Entry("killed", f"{signal} at {call}", OLD, kill=(signal, call, 0), fast=fast)
        yield Entry(
            "killed", f"{signal} at the last smoke query", OLD, kill=(signal, "InvokeEndpoint", 1)
        )
        for number in (0, 1):
            yield Entry(
                "killed",
                f"{signal} at creation {number + 1} of a first deployment",
                (),
                kill=(signal, "CreateEndpoint", number),
                after=("", "B"),
            )


def responses() -> Iterator[Entry]:
    """Each fault at each call."""
    for call in CALLS:
        for fault in ("lost", "cut", "repeated", "throttled", "slow"):
            fast = (call, fault) == ("UpdateEndpoint", "lost")
            yield Entry(
                "response", f"{call} is {fault}", OLD, rules=((call, fault, 0, 1),), fast=fast
            )
        for fault in ("denied", "broken"):
            yield Entry("response", f"{call} is always {fault}", OLD, rules=((call, fault, 0, 99),))
    for call in LOOKS:
        for fault in ("lost", "denied", "slow"):
            yield Entry("response", f"{call} is {fault}", OLD, rules=((call, fault, 0, 1),))
    yield Entry(
        "response", "the way back is denied, too", rules=(("UpdateEndpoint", "denied", 1, 1),),
        fault=(("bad", "scores"), ("after", 1)), after=("A", "B"), exposed=1.0, fails=True,
    )  # fmt: skip


def bad_models() -> Iterator[Entry]:
    for what, fault in BAD.items():
        for start, after in (("A",), "A"), ((), ""):
            where = "update" if start else "create"
            yield Entry(
                "bad model", f"{where}: it {what}", start, fault=tuple(fault.items()),
                after=(after,), fails=True, fast=what == "has other songs" and bool(start),
            )  # fmt: skip


def canaries() -> Iterator[Entry]:
    """Models that pass every smoke query, and turn bad: a canary of one of two instances."""
    for what, fault in {
        "answers with 400": {"bad": 400, "after": 3},
        "answers with 500": {"bad": 500, "after": 3},
        "takes two seconds": {"slow": 2, "after": 3},
    }.items():
        p99 = 1000 if "slow" in fault else 10000
        yield Entry(
            "canary", f"it turns bad: it {what}", fault=tuple(fault.items()), given=baking(p99),
            after=("A",), fails=True, exposed=0.5, pause=0.02, fast="400" in what,
        )  # fmt: skip
    yield Entry("canary", "it stays good", given=baking(10000), after=("B",), fails=False)
    hosting = {"memory_mib": 2048, "max_concurrency": 3}
    serverless = (("serverless", hosting),)
    yield Entry("serverless", "it is good", given=serverless, after=("B",), fails=False)
    yield Entry("serverless", "it has other scores", given=serverless, fault=(("bad", "scores"),),
                after=("A",), fails=True)  # fmt: skip


def baking(p99_ms: int) -> tuple[tuple[str, Any], ...]:
    """Settings in which a canary of one of two instances is watched for ten minutes."""
    alarms = {"client_errors": 0.05, "server_errors": 0.05, "p99_ms": p99_ms}
    canary = {"shift": "canary", "percent": 50, "bake_seconds": 600, "alarms": alarms}
    return (("guardrails", canary),)


def meetings() -> Iterator[Entry]:
    """Somebody else deploys, rolls back or deletes at the same time."""
    for call in ("lock:PutObject", "CreateModel", "CreateEndpoint", "UpdateEndpoint", "AddTags"):
        yield Entry(
            "two at once", f"the same archive, at {call}", OLD, during=(call, 0, same),
            fast=call == "UpdateEndpoint",
        )  # fmt: skip
        yield Entry("two at once", f"another archive, at {call}", OLD, during=(call, 0, another),
                    after=("A", "B", "D"))  # fmt: skip
        yield Entry("two at once", f"a rollback, at {call}", OLD, during=(call, 0, back),
                    after=("A", "B", "Z"))  # fmt: skip
        yield Entry("delete", f"somebody deletes it, at {call}", OLD, during=(call, 0, deletion),
                    after=("", "A", "B"), fast=call == "CreateEndpoint")  # fmt: skip


def same(case: Case) -> None:
    case.other(lambda: case.actor.deploy("B"))


def another(case: Case) -> None:
    case.actor.upload(case.actor.archive("D"))
    case.other(lambda: case.actor.deploy("D"))


def back(case: Case) -> None:
    case.other(case.actor.roll_back)


def deletion(case: Case) -> None:
    case.other(case.actor.delete)


def deletions() -> Iterator[Entry]:
    for call in ("DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel", "DeleteAlarms"):
        for fault in ("lost", "cut", "repeated", "throttled"):
            yield Entry("delete", f"{call} is {fault}", OLD, "delete", ((call, fault, 0, 1),),
                        after=("",), fails=False)  # fmt: skip
        yield Entry("delete", f"{call} is denied", OLD, "delete", ((call, "denied", 0, 9),),
                    after=("", "A"), next="delete")  # fmt: skip
    yield Entry("delete", "while it is updated by hand", OLD, "delete", prepare=by_hand,
                after=("",), fails=False, fast=True)  # fmt: skip


def rollbacks() -> Iterator[Entry]:
    yield Entry("rollback", "nothing happens", OLD, "roll back", after=("Z",), fails=False)
    for fault in ("lost", "cut", "repeated", "throttled", "slow"):
        yield Entry("rollback", f"UpdateEndpoint is {fault}", OLD, "roll back",
                    (("UpdateEndpoint", fault, 0, 1),), after=("Z",), fails=False)  # fmt: skip
    yield Entry("rollback", "UpdateEndpoint is denied", OLD, "roll back",
                (("UpdateEndpoint", "denied", 0, 1),), after=("A",), fails=True)  # fmt: skip
    yield Entry("rollback", "AddTags is denied", OLD, "roll back",
                (("AddTags", "denied", 0, 1),), after=("A", "Z"), fails=True)  # fmt: skip
    yield Entry("rollback", "there is no version before", ("A",), "roll back", after=("A",),
                fails=True)  # fmt: skip
    yield Entry("rollback", "the archive before is gone", OLD, "roll back", prepare=lose_copies,
                after=("A",), fails=True)  # fmt: skip


def objects() -> Iterator[Entry]:
    yield Entry("S3", "the run's archive was written anew", prepare=overwrite_run, after=("A",),
                fails=True)  # fmt: skip
    yield Entry("S3", "the run's archive is gone", prepare=lose_run, after=("A",), fails=True)
    yield Entry("S3", "the copy is cut short", prepare=cut_copy, after=("B",), fails=False)
    yield Entry("S3", "the copy is overwritten during the check",
                during=("CreateEndpoint", 0, overwrite_copy), after=("A",), fails=True)  # fmt: skip
    yield Entry("S3", "the copy is overwritten before the update",
                during=("DeleteEndpoint", 0, overwrite_copy), after=("A",), fails=True)  # fmt: skip
    yield Entry("S3", "the lock is cut short", prepare=cut_lock, after=("B",), fails=False)
    yield Entry("S3", "the lock is held by a dead one", prepare=hold_lock, after=("B",),
                fails=False, fast=True)  # fmt: skip
    yield Entry("S3", "the lock cannot be renewed", rules=(("lock:PutObject", "broken", 1, 99),),
                fault=(("starts", 9),), fails=True)  # fmt: skip


def resources() -> Iterator[Entry]:
    """What others have made, or what is half made."""
    yield Entry("found", "an endpoint of somebody else", (), prepare=foreign_endpoint, after=("X",),
                next="nothing", fails=True)  # fmt: skip
    yield Entry("found", "a check endpoint of somebody else", prepare=foreign_check, after=("A",),
                next="nothing", fails=True)  # fmt: skip
    yield Entry("found", "a model of the name with other data", prepare=foreign_model,
                after=("A",), fails=True)  # fmt: skip
    yield Entry("found", "a model without configuration", prepare=half(1), after=("B",))
    yield Entry("found", "a configuration without endpoint", prepare=half(2), after=("B",))
    yield Entry("found", "a check endpoint that was left", prepare=half(3), after=("B",))
    yield Entry("found", "a check endpoint that failed", prepare=failed_check, after=("B",))
    yield Entry("found", "the endpoint that failed", (), prepare=failed_endpoint, after=("B",))


def put_run(case: Case, body: bytes) -> None:
    case.put(case.archive.url.split("/", 3)[3], body)


def copy_of(case: Case, digest: str = "") -> str:
    return f"{case.name}/models/{digest or case.archive.digest}.tar.gz"


def overwrite_run(case: Case) -> None:
    put_run(case, b"{}")


def lose_run(case: Case) -> None:
    case.s3.delete_object(Bucket=BUCKET, Key=case.archive.url.split("/", 3)[3])


def lose_copies(case: Case) -> None:
    for model in case.entry.start:
        case.s3.delete_object(Bucket=BUCKET, Key=copy_of(case, case.actor.archive(model).digest))


def cut_copy(case: Case) -> None:
    case.put(copy_of(case), case.archive.content[:-5])


def overwrite_copy(case: Case) -> None:
    case.put(copy_of(case), b'{"name": "overwritten"}')


def cut_lock(case: Case) -> None:
    case.put(f"{case.name}/models/locks/{case.name}.json", b'{"hol')


def hold_lock(case: Case) -> None:
    body = json.dumps({"holder": "somebody", "count": 1}).encode()
    case.put(f"{case.name}/models/locks/{case.name}.json", body)


def by_hand(case: Case) -> None:
    """Updates the endpoint, as a person at the console does."""
    version = case.actor.rollout(case.archive).version
    store = case.actor.rollout(case.archive).store
    store.keep(case.archive, {})  # type: ignore[arg-type]
    version.make(case.sagemaker, lambda call, _: call())
    case.sagemaker.update_endpoint(EndpointName=case.name, EndpointConfigName=version.config)


def hosting(case: Case, endpoint: str, model: str, body: bytes, tags: dict[str, str]) -> None:
    """Makes an endpoint with a model and a configuration, all without this project."""
    key = f"{case.name}/{model}"
    case.put(key, body)
    image = case.actor.rollout(case.archive).version.image
    case.foreign |= {endpoint, f"{model}-{case.name}"} if not tags else {f"{model}-{case.name}"}
    name, named = f"{model}-{case.name}", [{"Key": k, "Value": v} for k, v in tags.items()]
    case.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=case.stage.role,
        PrimaryContainer={"Image": image, "ModelDataUrl": f"s3://{BUCKET}/{key}"},
    )
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large"}
    case.sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant | {"InitialInstanceCount": 1}]
    )
    case.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=name, Tags=named)


def foreign_endpoint(case: Case) -> None:
    hosting(case, case.name, "X", b'{"name": "X"}', {})


def foreign_check(case: Case) -> None:
    hosting(case, f"{case.name}-check", "X", b'{"name": "X"}', {})


def failed_endpoint(case: Case) -> None:
    tags = {"project": "next-song", "endpoint": case.name}
    hosting(case, case.name, "X", b'{"bad": "crash"}', tags)


def failed_check(case: Case) -> None:
    tags = {"project": "next-song", "endpoint": case.name}
    hosting(case, f"{case.name}-check", "X", b'{"bad": "crash"}', tags)


def foreign_model(case: Case) -> None:
    version = case.actor.rollout(case.archive).version
    case.foreign.add(version.model)
    case.put(f"{case.name}/X", b"{}")
    case.sagemaker.create_model(
        ModelName=version.model,
        ExecutionRoleArn=case.stage.role,
        PrimaryContainer={
            "Image": version.image,
            "ModelDataUrl": f"s3://{BUCKET}/{case.name}/X",
        },
    )


def half(parts: int) -> Any:
    """Makes a model, its configuration and a check endpoint, or the first of them."""

    def prepare(case: Case) -> None:
        actor = Actor(case.name, case.stage.role)
        rollout = actor.rollout(case.archive)
        rollout.store.keep(case.archive, {})  # type: ignore[arg-type]
        version = rollout.version
        version._create_model(case.sagemaker)
        if parts > 1:
            version._create_config(case.sagemaker)
        if parts > 2:
            tags = [{"Key": "endpoint", "Value": case.name}]
            case.sagemaker.create_endpoint(
                EndpointName=f"{case.name}-check", EndpointConfigName=version.config, Tags=tags
            )

    return prepare


def entries() -> list[Entry]:
    """All of them."""
    makers = (kills, responses, bad_models, canaries, meetings, deletions, rollbacks, objects)
    return [entry for maker in (*makers, resources, scaled.entries) for entry in maker()]
