"""One entry of the table: prepares it, lets it happen, and looks at what is there afterwards."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config

from next_song.errors import EndpointError, InputError
from next_song.serving.endpoint.hosted import check_name
from rollout_faults.actor import BUCKET, Actor, Shared, deploy_alone
from rollout_faults.faults import LOAD, Rule
from rollout_faults.light import Archive
from rollout_faults.stage import Stage

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["rollout_faults.actor"])
ONCE = Config(retries={"mode": "standard", "max_attempts": 1}, read_timeout=20)


@dataclass(frozen=True)
class Entry:
    """What happens while B is deployed where A is served, unless it says otherwise.

    start: models deployed before, each over the one before. does: deploy, roll back, delete. rules:
    operation, fault, first and number of calls. kill: a signal for the process that deploys, and
    the call at whose end it comes. fault: what is bad about B. prepare: what is there before.
    during: what somebody else does at the end of a call. after: what may be served afterwards, ""
    for nothing. next: what the next attempt does. exposed: the share of answers that may fail or
    come from a bad model, during a canary. fails: whether the attempt must be refused. given:
    settings. pause: seconds between two questions of a client. fast: is in the tests.
    """

    group: str
    what: str
    start: tuple[str, ...] = ("A",)
    does: str = "deploy"
    rules: tuple[tuple[str, str, int, int], ...] = ()
    kill: tuple[str, str, int] | None = None
    fault: tuple[tuple[str, Any], ...] = ()
    prepare: Callable[[Case], None] | None = None
    during: tuple[str, int, Callable[[Case], None]] | None = None
    after: tuple[str, ...] = ("A", "B")
    next: str = "deploy"
    exposed: float = 0.0
    fails: bool | None = None
    given: tuple[tuple[str, Any], ...] = ()
    pause: float = 0.2
    fast: bool = False


@dataclass
class Load:
    """What clients of the endpoint were answered."""

    answers: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass
class Case:
    """An entry that happens, at an endpoint of its own."""

    stage: Stage
    entry: Entry
    name: str
    load: Load = field(default_factory=Load)
    others: list[threading.Thread] = field(default_factory=list)
    outcome: str = ""
    problems: list[str] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)  # names of what others have made

    def __post_init__(self) -> None:
        self.actor = Actor(self.name, self.stage.role, self.entry.given)
        self.sagemaker: Any = Shared.Session().client("sagemaker", ONCE)
        self.s3: Any = Shared.Session().client("s3", ONCE)

    def run(self) -> dict[str, Any]:
        """The row of the table."""
        for model in self.entry.start:
            self.actor.upload(self.actor.archive(model))
            self.actor.deploy(model)
        self.actor.upload(self.archive)
        if self.entry.prepare:
            self.entry.prepare(self)
        with self._asked():
            self._happen()
            for other in self.others:
                other.join()
            self.stage.faults.rules.pop(self.name, None)
            after, left = self._served(), self._left()
            following = self._next()
        self._judge(after, following)
        return {
            "group": self.entry.group,
            "what": self.entry.what,
            "outcome": self.outcome,
            "after": after or "no endpoint",
            "left": left,
            "next": following,
            "answers": len(self.load.answers),
            "failed": len(self.load.failures),
            "bad": self._bad(),
            "problems": self.problems,
        }

    @property
    def archive(self) -> Archive:
        return self.actor.archive("B", **dict(self.entry.fault))

    def other(self, act: Callable[[], None]) -> None:
        """Somebody else does something at the same time; that it is refused is no problem."""

        def work() -> None:
            try:
                act()
            except (EndpointError, InputError):
                pass
            except Exception as error:
                self.problems.append(f"somebody else: {error!r}")

        self.others.append(threading.Thread(target=work))
        self.others[-1].start()

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def _happen(self) -> None:
        rules = [Rule(*rule) for rule in self.entry.rules]
        if self.entry.during:
            call, number, act = self.entry.during
            rules.append(Rule(call, "after", number, act=lambda: act(self)))
        self.stage.faults.rules[self.name] = rules
        if self.entry.kill:
            self._killed(rules)
            return
        try:
            self._act()
            self.outcome = "done"
        except (EndpointError, InputError) as error:
            self.outcome = f"refused: {error}"
        if self.entry.fails is not None and self.entry.fails != self.outcome.startswith("refused"):
            self.problems.append(f"expected fails={self.entry.fails}: {self.outcome}")

    def _act(self) -> None:
        if self.entry.does == "deploy":
            self.actor.deploy("B", **dict(self.entry.fault))
        elif self.entry.does == "roll back":
            self.actor.roll_back()
        else:
            self.actor.delete()

    def _killed(self, rules: list[Rule]) -> None:
        assert self.entry.kill
        name, call, number = self.entry.kill
        process = PROCESSES.Process(target=deploy_alone, args=(self.actor, "B"))
        struck = threading.Event()

        def kill() -> None:
            os.kill(process.pid or 0, getattr(signal, name))
            struck.set()

        rules.append(Rule(call, "after", number, act=kill))
        process.start()
        process.join(60)
        self.outcome = f"exit {process.exitcode}"
        if not struck.is_set() or process.exitcode in (0, None):
            self.problems.append(f"not struck: {self.outcome}")

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Clients ask the endpoint during the block, if there is one at its start."""
        end = threading.Event()
        clients = [threading.Thread(target=self._ask, args=(end,)) for _ in range(2)]
        for client in clients if self.entry.start else []:
            client.start()
        try:
            yield
        finally:
            end.set()
            for client in clients if self.entry.start else []:
                client.join()

    def _ask(self, end: threading.Event) -> None:
        runtime = Shared.Session().client("sagemaker-runtime", ONCE)
        while not end.is_set():
            try:
                self.load.answers.append(self._invoke(runtime))
            except Exception as error:
                self.load.failures.append(repr(error))
            time.sleep(self.entry.pause)

    def _invoke(self, runtime: Any) -> str:
        """The name of the model that answered."""
        body = json.dumps({"instances": [{"song_ids": ["a", "b"]}]})
        asked = {"ContentType": "application/json", "Body": body, "CustomAttributes": LOAD}
        answer = runtime.invoke_endpoint(EndpointName=self.name, **asked)
        songs = json.loads(answer["Body"].read())["predictions"][0]["song_ids"]
        return str(songs[0].rsplit("-", 1)[0])

    def _served(self) -> str:
        """The name of the model that the endpoint serves, "" without endpoint."""
        deadline = time.monotonic() + 60
        while (status := self._status(self.name)) in ("Creating", "Updating", "Deleting"):
            if time.monotonic() > deadline:
                return str(status)
            time.sleep(0.05)
        if status != "InService":
            return status
        return self._invoke(Shared.Session().client("sagemaker-runtime", ONCE))

    def _status(self, name: str) -> str:
        found = self.sagemaker.list_endpoints(NameContains=name)["Endpoints"]
        return next((one["EndpointStatus"] for one in found if one["EndpointName"] == name), "")

    def _left(self) -> str:
        """What is there, in short: endpoints besides this, configurations, models, alarms."""
        endpoints, configs, models = self._inventory()
        check = "a check endpoint, " if check_name(self.name) in endpoints else ""
        alarms = len(self._alarms())
        return f"{check}{len(configs)} configurations, {len(models)} models, {alarms} alarms"

    def _alarms(self) -> list[str]:
        cloudwatch = Shared.Session().client("cloudwatch", ONCE)
        found = cloudwatch.describe_alarms(AlarmNamePrefix=self.name)["MetricAlarms"]
        return [alarm["AlarmName"] for alarm in found]

    def _scaling(self) -> list[int]:
        """How many targets of autoscaling there are, and how many policies."""
        client = Shared.Session().client("application-autoscaling", ONCE)
        named = {"ServiceNamespace": "sagemaker"}
        targets = client.describe_scalable_targets(**named)["ScalableTargets"]
        policies = client.get_paginator("describe_scaling_policies").paginate(**named)
        found = [targets, [one for page in policies for one in page["ScalingPolicies"]]]
        resource = f"endpoint/{self.name}/variant/AllTraffic"
        return [len([one for one in each if one["ResourceId"] == resource]) for each in found]

    def _inventory(self) -> tuple[list[str], list[str], list[str]]:
        named, sagemaker = {"NameContains": self.name, "MaxResults": 100}, self.sagemaker
        lists = (
            [one["EndpointName"] for one in sagemaker.list_endpoints(**named)["Endpoints"]],
            [
                one["EndpointConfigName"]
                for one in sagemaker.list_endpoint_configs(**named)["EndpointConfigs"]
            ],
            [one["ModelName"] for one in sagemaker.list_models(**named)["Models"]],
        )
        endpoints, configs, models = (
            [n for n in names if n not in self.foreign] for names in lists
        )
        return endpoints, configs, models

    def _next(self) -> str:
        """What the next attempt does, and what is served then."""
        if self.entry.next == "nothing":
            return ""
        good = Actor(self.name, self.stage.role, self.entry.given)
        good.upload(good.archive("C"))
        try:
            if self.entry.next == "deploy":
                good.deploy("C")
            else:
                good.delete()
        except (EndpointError, InputError) as error:
            return f"refused: {error}"
        return self._served() or "no endpoint"

    def _bad(self) -> int:
        """How many answers came from a model that its smoke test or an alarm finds bad."""
        names = {"A", "C", "D", *self.entry.start}
        if not {"bad", "raw", "slow"} & set(dict(self.entry.fault)):
            names.add("B")
        return len([name for name in self.load.answers if name not in names])

    def _judge(self, after: str, following: str) -> None:
        """Finds what must not be."""
        deletes = self.entry.does == "delete" or "" in self.entry.after
        if after not in self.entry.after:
            self.problems.append(f"served afterwards: {after!r} of {self.entry.after}")
        if following != {"deploy": "C", "delete": "no endpoint", "nothing": ""}[self.entry.next]:
            self.problems.append(f"next attempt: {following}")
        if self.load.failures and not deletes and not self.entry.exposed:
            self.problems.append(f"failed answers: {self.load.failures[:2]}")
        hurt = self._bad() + (len(self.load.failures) if self.entry.exposed else 0)
        asked = len(self.load.answers) + len(self.load.failures)
        if hurt > self.entry.exposed * max(asked, 1):
            self.problems.append(f"{hurt} of {asked} answers from a bad model or none")
        self._judge_inventory()

    def _judge_inventory(self) -> None:
        """After the next attempt, what is used is there, and at most the version before more."""
        endpoints, configs, models = self._inventory()
        served = self.entry.next == "deploy" or "A" in self.entry.after
        expected = [self.name] if served and self.entry.next != "delete" else []
        if endpoints != expected:
            self.problems.append(f"endpoints: {endpoints}")
        for name in endpoints:
            config = self.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
            found = self.sagemaker.describe_endpoint_config(EndpointConfigName=config)
            model = found["ProductionVariants"][0]["ModelName"]
            if config not in configs or model not in models:
                self.problems.append(f"{name} uses what was deleted")
        if self._alarms() and not expected:
            self.problems.append(f"left: {self._alarms()}")
        wants_scaling = "autoscaling" in {*dict(self.entry.given), *self.foreign}
        if self._scaling() != ([1, 1] if expected and wants_scaling else [0, 0]):
            self.problems.append(f"targets and policies: {self._scaling()}")
        most = 2 * len(expected)
        if len(configs) > most or len(models) > most:
            self.problems.append(f"left: {configs} {models}")
