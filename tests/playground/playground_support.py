"""A model whose answers are known by construction, and its songs, some with odd names."""

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.serving.contents import Example
from next_song.serving.song_search import Song
from next_song.serving.wishes import NO_WISHES, Answer, Wishes

SONGS = 30
ODD = {
    10: "<b>Bold</b><script>alert(1)</script>",
    11: "\U0001f3b5 \U0001f469\u200d\U0001f3a4 Emoji",
    12: "فيروز - نسم علينا الهوا",
}

# the circle answers the first one with rank 3, the second one not, and knows no `new`
EXAMPLES = [
    Example(["id 1", "new 1", "id 2"], "id 5"),
    Example(["id 3", "id 4"], "id 4"),
    Example(["id 7"], "new 2"),
]


def name(number: int) -> str:
    return ODD.get(number, f"Artist - Song {number}")


def song(number: int) -> Song:
    return Song(f"id {number}", name(number))


def songs_table() -> DuckDBPyRelation:
    """The first song was played most."""
    rows = [
        (
            number,
            f"id {number}",
            None if number in ODD else "Artist",
            ODD.get(number, f"Song {number}"),
        )
        for number in range(SONGS)
    ]
    marks = ", ".join("(?, ?, ?, ?)" for _ in rows)
    return sql.connection().sql(
        f"select * from (values {marks}) as songs (song, song_id, artist, track)",  # noqa: S608
        params=[value for row in rows for value in row],
    )


class Circle:
    """A model: song n + 1 follows song n, then n + 2 and so on; failures are raised first."""

    def __init__(self) -> None:
        self.histories: list[list[str]] = []
        self.failures: list[Exception] = []
        self.knows = True

    def __call__(self, history: list[str], wishes: Wishes = NO_WISHES) -> Answer:
        self.histories.append(history)
        self.wishes = wishes
        if self.failures:
            raise self.failures.pop(0)
        last = int(history[-1].split()[1]) if history else -1
        ids = [f"id {(last + step) % SONGS}" for step in range(1, SONGS)]
        ids = [song for song in ids if song not in wishes.exclude]
        scores = [1 / step for step in range(1, len(ids) + 2)]
        return Answer([*ids, ""], scores, self.knows and bool(history))
