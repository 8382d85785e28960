"""What a model answers, and how that compares with what came next in a held-out playlist."""

from typing import NamedTuple

from next_song.serving.song_search import Song


class Scored(NamedTuple):
    """A song that may come next, its score, the probability that it stands for, and why."""

    song: Song
    score: float
    probability: float = 0.0
    why: str = ""


class Next(NamedTuple):
    """The songs that may come next, best first; not known: the most played ones."""

    songs: list[Scored]
    known: bool


class Trial(NamedTuple):
    """A playlist of the test split, which the model never learned from, and what came next in it.

    history: its songs that the model knows, oldest first; unknown: how many others it has.
    answerable: whether the model knows the target.
    """

    history: list[Song]
    unknown: int
    target: Song
    answerable: bool


def verdict(trial: Trial, answer: Next) -> str:
    """Say which song came next, and where the answer has it."""
    said = f"In this held-out playlist, “{trial.target.name}” came next: {_rank(trial, answer)}."
    if trial.unknown:
        songs = (
            "1 song that the model does not know is"
            if trial.unknown == 1
            else (f"{trial.unknown:,} songs that the model does not know are")
        )
        said += f" {songs} left out."
    return said


def _rank(trial: Trial, answer: Next) -> str:
    for rank, scored in enumerate(answer.songs, start=1):
        if scored.song.song_id == trial.target.song_id:
            return f"rank {rank:,} of {len(answer.songs):,}"
    if trial.answerable:
        return f"not among the model's first {len(answer.songs):,}"
    return "the model does not know it"
