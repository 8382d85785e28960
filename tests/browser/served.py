"""A playground whose songs and answers are known; its model fails while a file is there.

Usage: served.py PORT FILE
"""

import sys
from pathlib import Path

from playground_support import EXAMPLES, Circle, songs_table

from next_song.errors import EndpointError
from next_song.playground.backend import Backend
from next_song.playground.server import serve_backend
from next_song.serving.wishes import Answer

port, dead = int(sys.argv[1]), Path(sys.argv[2])
circle = Circle()


def ask(history: list[str], wishes: object = None) -> Answer:
    if dead.exists():
        raise EndpointError("endpoint x: it is dead")
    return circle(history)


serve_backend(
    Backend(songs_table(), ask, EXAMPLES),
    ["model 0123456789ab", "hit rate@10 50.0%"],
    "127.0.0.1",
    port,
    open_browser=False,
)
