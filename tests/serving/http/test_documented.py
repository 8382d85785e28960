"""The commands of docs/serving.md that ask the server are run as they stand there."""

import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest

DOCUMENT = Path(__file__).parents[3] / "docs/serving.md"
BLOCK = re.search(r"## Over HTTP.*?```bash\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
COMMANDS = re.findall(r"^curl (?:.*\\\n)*.*", BLOCK[1] if BLOCK else "", re.MULTILINE)


def test_each_route_has_an_example() -> None:
    assert re.findall(r"8000/(\w+)", " ".join(COMMANDS)) == [
        "ping", "songs", "recommend", "recommend", "invocations", "invocations", "metrics",
    ]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_is_answered(served: httpx.Client, command: str) -> None:
    here = command.replace("http://127.0.0.1:8000", str(served.base_url).rstrip("/"))
    assert here != command
    script = here.replace("curl ", "curl --silent --show-error --fail --noproxy '*' ", 1)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    if "/metrics" in command:
        assert "next_song_http_requests_total" in done.stdout
    else:
        assert isinstance(json.loads(done.stdout), list if "/songs" in command else dict)
    if "-d " in command:
        assert "score" in done.stdout
