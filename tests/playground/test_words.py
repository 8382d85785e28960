"""What the page says of held-out playlists, and where no song is left."""

from types import SimpleNamespace
from typing import Any

import pytest

from next_song.playground import lists, status
from next_song.playground.answers import Next, Scored, Trial, verdict
from next_song.serving.song_search import Song

SONG = Song("a", "A")


@pytest.mark.parametrize(
    ("unknown", "said"),
    [
        (0, ""),
        (1, " 1 song that the model does not know is left out."),
        (3, " 3 songs that the model does not know are left out."),
    ],
)
def test_unknown_songs_of_a_held_out_playlist_are_counted(unknown: int, said: str) -> None:
    told = verdict(Trial([SONG], unknown, SONG, True), Next([], known=True))
    assert told.partition("came next: ")[2].partition(".")[2] == said


@pytest.mark.parametrize(
    ("entries", "verdict", "said"),
    [
        (0, "", "1 most played song; first: A"),
        (1, "", "1 song in the playlist. 1 most played song; first: A"),
        (2, "It came.", "2 songs in the playlist. 1 most played song; first: A. It came."),
    ],
)
def test_what_a_reader_of_the_screen_is_told(entries: int, verdict: str, said: str) -> None:
    playlist, answer = SimpleNamespace(entries=[SONG] * entries), Next([Scored(SONG, 1.0)], False)
    visitor: Any = SimpleNamespace(
        asking=False, problem="", next=answer, shown=9, playlist=playlist, verdict=verdict
    )
    assert status.next_status(visitor) == said


@pytest.mark.parametrize("known", [True, False])
def test_where_no_song_is_left_it_says_so(known: bool) -> None:
    playlist = SimpleNamespace(entries=[SONG])
    visitor: Any = SimpleNamespace(
        asking=False, problem="", next=Next([], known=known), shown=9, playlist=playlist, verdict=""
    )
    assert lists._explain(visitor) == status.next_status(visitor) == "No song is left."
