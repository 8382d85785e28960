"""What tests of the flow on AWS look at: runs, their files, and the commands of a person."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from stand_in_support import Cloud

from localaws import guard

ENDPOINT, WEEKLY = "next-song-tested", "next-song-weekly"
READ = """
import json, sys, metaflow
metaflow.namespace(None)
run = metaflow.Run("NextSongFlow/" + sys.argv[1])
data, names = run["end"].task.data, ("champion", "model_archive", "deployed", "data_root")
shown = {name: getattr(data, name) for name in names}
jobs = [task.metadata_dict.get("aws-batch-job-id") for step in run for task in step]
print(json.dumps(shown | {"rows": len(data.leaderboard), "jobs": jobs}))
"""


def looker(cloud: Cloud) -> Cloud:
    """The same cloud for a test's own calls, which the log of calls then tells from a person's."""
    return replace(cloud, environment={**cloud.environment, "AWS_ACCESS_KEY_ID": "localaws-itself"})


def bucket(cloud: Cloud) -> str:
    """The bucket of the template."""
    return cloud.environment["NEXT_SONG_BUCKET"]


def run_id(folder: Path) -> str:
    """The id that `--run-id-file id` has left."""
    return (folder / "id").read_text()


def read(cloud: Cloud, folder: Path, run: str) -> dict[str, Any]:
    """What the Client API says of the run."""
    printed = cloud.run("-c", READ, run, cwd=folder)
    made: dict[str, Any] = json.loads(printed.splitlines()[-1])
    if made["deployed"]:
        text = json.dumps(made["deployed"], indent=2).encode()
        made["deployed"]["digest"] = sha256(text).hexdigest()
    return made


def next_song(cloud: Cloud, folder: Path, *words: str) -> str:
    """Run the command of this project."""
    return cloud.run("-c", "from next_song.cli import cli; cli()", *words, cwd=folder)


def stored(cloud: Cloud, root: str) -> dict[str, str]:
    """Every file under an s3:// address, by its hash; without the records of what made it."""
    s3, name = looker(cloud).client("s3"), bucket(cloud)
    prefix = root.removeprefix(f"s3://{name}/") + "/"
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=name, Prefix=prefix)["Contents"]]
    return {
        key.removeprefix(prefix): sha256(
            s3.get_object(Bucket=name, Key=key)["Body"].read()
        ).hexdigest()
        for key in keys
        if "/.runs/" not in key
    }


def executions(cloud: Cloud) -> list[dict[str, Any]]:
    """The executions of the flow, the newest first."""
    sfn = looker(cloud).client("stepfunctions")
    (machine,) = sfn.list_state_machines()["stateMachines"]
    found = sfn.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    return sorted(found, key=lambda run: run["startDate"], reverse=True)


def asked(cloud: Cloud, operation: str) -> list[dict[str, Any]]:
    """The parameters of all calls of an operation of Batch so far."""
    log = Path(cloud.environment[guard.FOLDER], "calls.jsonl").read_text().splitlines()
    calls = [json.loads(line) for line in log]
    return [call["asked"] for call in calls if call["action"] == f"batch:{operation}"]
