"""The check before an archive is packed finds a model that answers some histories otherwise."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from next_song import sql
from next_song.errors import DisagreementError
from next_song.evaluation.scorecard import rank_figures
from next_song.parameters import Export, Protocol
from next_song.pipelines.export.nodes import verify_model
from next_song.pipelines.export.odd_histories import check_odd_histories
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG, ranks, top_k
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import held_out
from next_song.serving.archive import ModelArchive
from next_song.serving.tested import BATCH

KNOWN, SONGS, EACH = 20, 24, 30  # songs of the model, of the table, and histories of each kind
NUMBERS = {f"id {song}": song for song in range(KNOWN)}
PROTOCOL = Protocol(
    targets="last", repeats=True, k=[1, 3], max_validation_queries=9, looks=1, seed=1, scores_mib=1
)
EXPORT = Export(k=KNOWN, precision="float32", examples=0, exclude=None, sets={})
SCORE = {"repeats": True, "parts": {"space": {"kind": "vectors", "decay": 1, "weight": 1}}}
KINDS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "unknown": lambda random: random.integers(KNOWN, SONGS, 3),
    "unknown in part": lambda random: np.append(random.permutation(KNOWN)[:3], KNOWN),
    "short": lambda random: random.integers(0, KNOWN, 1),
    "long": lambda random: random.integers(0, KNOWN, 200),
    "repeated": lambda random: np.repeat(random.permutation(KNOWN)[:3], [4, 1, 1]),
}


class Answers:
    """What stands for an archive: a model that answers histories of one kind otherwise."""

    precision = "float32"

    def __init__(self, index: Index, wrong: str = "") -> None:
        self.index, self.wrong = index, wrong

    def answer(self, histories: list[list[str]]) -> dict[str, Any]:
        asked = [[NUMBERS.get(song, KNOWN) for song in history] for history in histories]
        songs, scores = top_k(self.index, Histories.of(asked), KNOWN)
        wrong = [kind_of(history) == self.wrong for history in asked]
        songs[wrong], scores[wrong] = songs[wrong][:, ::-1], scores[wrong][:, ::-1]
        ids = np.array([*NUMBERS, ""], object)
        known = np.array([any(song < KNOWN for song in history) for history in asked])
        named = np.where(songs == NO_SONG, "", ids[songs])
        return {"song_ids": named, "scores": scores, "known": known}


def kind_of(history: list[int]) -> str:
    unknown = sum(song >= KNOWN for song in history)
    if unknown:
        return "unknown" if unknown == len(history) else "unknown in part"
    if len(history) > 50:
        return "long"
    return {0: "empty", 1: "short"}.get(len(history), "repeated")


@pytest.fixture(scope="module")
def tested() -> dict[str, Any]:
    """A model, its test split, of which it knows each answer, and the scorecard of that test."""
    random = np.random.default_rng(3)
    vectors = random.standard_normal((2, KNOWN, 8), np.float32)
    space = SongSpace(*vectors, np.arange(KNOWN, 0, -1))
    index = build_index(space, NO_PAIRS, np.zeros((2, SONGS)), Score.model_validate(SCORE))
    histories = [kind(random).tolist() for _ in range(EACH) for kind in KINDS.values()]
    best, _ = top_k(index, Histories.of(histories), 1)
    rows = [[*history, int(song)] for history, song in zip(histories, best[:, 0], strict=True)]
    playlists = sql.connection().sql(
        "select 'test' as split, unnest($rows::integer[][]) as songs, 0 as first_target",
        params={"rows": rows},
    )
    songs = sql.connection().sql(
        "select unnest(range(24))::integer as song, 'id ' || song as song_id, "
        "null as artist, song_id as track, greatest(0, 20 - song) as plays"
    )
    queries = held_out(playlists, "test", PROTOCOL)
    card = rank_figures(ranks(index, queries), queries, PROTOCOL, KNOWN)
    return {"index": index, "tables": (playlists, songs, card, EXPORT, PROTOCOL)}


def verified(answers: Answers, tested: dict[str, Any]) -> dict[str, Any]:
    return verify_model(cast(ModelArchive, answers), *tested["tables"])[1]


def test_an_archive_that_answers_as_the_model_did_passes(tested: dict[str, Any]) -> None:
    report = verified(Answers(tested["index"]), tested)
    assert report["hit_rate"] == {"1": 1.0, "3": 1.0}
    assert report["example"]["rank"] == 1
    assert report["queries"] == EACH * len(KINDS) > 2 * BATCH  # several batches, one not full


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_answers_some_histories_otherwise_does_not(
    tested: dict[str, Any], kind: str
) -> None:
    with pytest.raises(DisagreementError, match=r"found hit_rate@1 0\.80000 .* expected 1\.00000"):
        verified(Answers(tested["index"], kind), tested)


def test_odd_histories_are_compared_though_the_split_has_none(tested: dict[str, Any]) -> None:
    check_odd_histories(cast(ModelArchive, Answers(tested["index"])), tested["index"], [*NUMBERS])
    named = {"empty": "no song", "short": "one song", "unknown": "unknown songs"} | {
        "unknown in part": "songs of which some are unknown",
        "repeated": "repeated songs",
        "long": "1000 songs",
    }
    for kind, name in named.items():
        answers = cast(ModelArchive, Answers(tested["index"], kind))
        with pytest.raises(DisagreementError, match=f"for a history of {name}; expected"):
            check_odd_histories(answers, tested["index"], [*NUMBERS])
