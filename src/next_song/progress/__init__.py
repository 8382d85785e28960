"""Progress of long work: any process reports it, and one terminal shows it.

`tasks` is the side that reports, which everything may import; `bars` is the side that draws.
"""

from next_song.progress.tasks import (
    OWNER,
    SOCKET,
    Task,
    advance,
    begin,
    is_shown,
    polled,
    send,
    task,
)

__all__ = [
    "OWNER",
    "SOCKET",
    "Task",
    "advance",
    "begin",
    "is_shown",
    "polled",
    "send",
    "task",
]
