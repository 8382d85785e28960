"""What is counted of a request that an app answers, or does not."""

import asyncio
import contextlib
from typing import Any

import pytest

from next_song.serving.http.metrics import Metrics


async def _nothing(*_: Any) -> None: ...


def counted(app: Any, path: str = "/a") -> str:
    """The metrics after one request to an app, however it ended."""
    metrics = Metrics(app, ["/a"])
    with contextlib.suppress(asyncio.CancelledError, RuntimeError):
        asyncio.run(metrics({"type": "http", "path": path}, _nothing, _nothing))
    return metrics.text().decode()


@pytest.mark.parametrize("error", [asyncio.CancelledError, RuntimeError, None])
def test_a_request_without_an_answer_is_not_counted_as_answered(
    error: type[BaseException] | None,
) -> None:
    async def gone(*_: Any) -> None:
        if error:
            raise error

    text = counted(gone)
    assert 'next_song_http_requests_total{route="/a",status="499"} 1.0' in text
    assert "next_song_http_requests_in_flight 0.0" in text
    assert 'status="200"' not in text


def test_an_answer_is_counted_by_its_status_and_route() -> None:
    async def answers(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 413})
        await send({"type": "http.response.body"})

    assert '{route="/a",status="413"} 1.0' in counted(answers)
    assert '{route="other",status="413"} 1.0' in counted(answers, "/elsewhere")
