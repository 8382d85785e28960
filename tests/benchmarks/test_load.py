"""Load on the server, with an archive of made songs."""

from pathlib import Path

import pytest
from http_support import in_thread

from load import __main__ as load
from load.models import write
from next_song.serving.archive import ModelArchive
from next_song.serving.http.guard import Limits
from next_song.serving.model import Model
from next_song.serving.song_search import SongIndex

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "300.tar.gz"
    write(path, 300)
    return path


def test_all_requests_are_answered_or_counted_as_failed(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SECONDS", 1)
    archive = ModelArchive.unpack(model)
    with in_thread(Model(archive), SongIndex(archive.songs), Limits()) as client:
        url = str(client.base_url).rstrip("/")
        requests = {
            "good": load.asked(url, "/invocations", model),
            "bad": [load.written(url, "/nothing")],
        }
        good, bad = load.measured(url, requests, [50])
    assert good[:2] == ["good", "50"]
    assert good[-1] == "0"
    assert bad[-1] == bad[-2] != "0"
    assert 20 < int(good[-2]) < 100  # 50 are expected; the seed is fixed
    p50, p90, p99 = map(float, good[2:5])
    assert 0 < p50 <= p90 <= p99
