"""Requests with lists in lists: refused as what they are, however deep."""

import pytest

from next_song.serving.http.tensorflow_json import read
from next_song.serving.http.tensors import RequestError

NAMED = (
    b'{"signature_name": "recommend", "inputs": {"song_ids": %s, "artists": [], '
    b'"exclude": [], "only": [], "exclude_set": [], "only_set": [], "per_artist": []}}'
)


@pytest.mark.parametrize("depth", [3, 50, 200, 500, 900, 990, 1500, 20_000])
@pytest.mark.parametrize("ends", [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize(
    "body", [b'{"instances": [[%s]]}', b'{"inputs": [[%s]]}', b"[[%s]]", NAMED]
)
def test_each_depth_is_a_wrong_request(depth: int, ends: tuple[bytes, bytes], body: bytes) -> None:
    with pytest.raises(RequestError):
        read(body % (ends[0] * depth + b'"a"' + ends[1] * depth))
