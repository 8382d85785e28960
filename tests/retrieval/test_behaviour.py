"""How a model should behave, whatever its figures: in the manner of RecList (arXiv 2111.09963).

On the circle: the next song of a playlist is certain, and songs near each other are alike.
"""

from pathlib import Path

import pytest

from next_song.serving import song_search
from next_song.serving.archive import ModelArchive

Answer = list[str]


@pytest.fixture(scope="module")
def archive(finished: Path) -> ModelArchive:
    return ModelArchive.unpack(finished / "06_models/model.tar.gz")


def after(archive: ModelArchive, *songs: int) -> Answer:
    """The ten songs that follow these numbers of the circle."""
    history = [f"Artist {song % 5}\tSong {song}" for song in songs]
    return [song.split("Song ")[1] for song in archive.answer([history])["song_ids"][0, :10]]


def test_the_next_song_of_the_circle_is_among_the_first(archive: ModelArchive) -> None:
    hits = [
        str((first + 4) % 40) in after(archive, *((first + step) % 40 for step in range(4)))[:3]
        for first in range(40)
    ]
    assert sum(hits) >= 38


def test_the_last_song_played_twice_changes_little(archive: ModelArchive) -> None:
    for first in range(0, 40, 8):
        once, twice = after(archive, first, first + 1), after(archive, first, first + 1, first + 1)
        assert len(set(once[:5]) & set(twice[:5])) >= 3


def test_the_order_of_the_history_matters(archive: ModelArchive) -> None:
    forth, back = after(archive, 10, 11, 12, 13), after(archive, 13, 12, 11, 10)
    assert forth != back
    assert "14" in forth[:3]


def test_an_old_song_counts_less_than_a_new_one(archive: ModelArchive) -> None:
    # songs on the other side of the circle, then here: what comes next is found here
    assert "14" in after(archive, 30, 12, 13)[:3]
    assert "31" in after(archive, 12, 13, 29, 30)[:3]


@pytest.mark.parametrize(
    "written",
    ["ARTIST 0 - SONG 5", "artist 0 - song 5", "Artist 0  \u2013  Söng 5!", "song 5 artist 0"],
)
def test_another_way_to_write_it_is_the_same_song(archive: ModelArchive, written: str) -> None:
    found = song_search.find(archive.songs, [written])
    assert found[written].song_id == "Artist 0\tSong 5"


@pytest.mark.parametrize("written", ["Artist 0 - Song 5 (Remastered)", "Artist 0 - Song 5a"])
def test_a_near_duplicate_is_not_taken_for_the_song_but_leads_to_it(
    archive: ModelArchive, written: str
) -> None:
    assert song_search.find(archive.songs, [written]) == {}
    names = [song.name for song in song_search.nearest(archive.songs, written)]
    assert "Artist 0 - Song 5" in names
