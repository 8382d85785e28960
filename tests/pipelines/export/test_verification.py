"""The check before an archive is packed finds a model that answers some histories otherwise."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from next_song import sql
from next_song.errors import DisagreementError, InputError
from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import rank_figures
from next_song.parameters import Export, Protocol
from next_song.pipelines.export import nodes
from next_song.pipelines.export.nodes import _check_agreement, _example, verify_model
from next_song.pipelines.export.odd_histories import check_odd_histories, odd_histories
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import NO_SONG, ranks, top_k
from next_song.retrieval.setting import Score, VectorsPart
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import held_out
from next_song.serving import graph
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
        self.index, self.wrong, self.apart = index, wrong, 0.0

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


@pytest.mark.parametrize(("row", "known"), [(0, True), (1, False), (3, False)])
def test_whether_a_history_is_known_is_compared(
    tested: dict[str, Any], row: int, known: bool
) -> None:
    class Unsure(Answers):
        def answer(self, histories: list[list[str]]) -> dict[str, Any]:
            found = super().answer(histories)
            assert found["known"][row] != known
            found["known"][row] = known
            return found

    with pytest.raises(DisagreementError, match="differ by inf for a history of"):
        check_odd_histories(
            cast(ModelArchive, Unsure(tested["index"])), tested["index"], [*NUMBERS]
        )


def test_an_answer_that_ends_too_early_or_too_late_is_told(tested: dict[str, Any]) -> None:
    class Short(Answers):
        def answer(self, histories: list[list[str]]) -> dict[str, Any]:
            found = super().answer(histories)
            found["song_ids"][1, -1] = ""  # with its score
            return found

    archive = cast(ModelArchive, Short(tested["index"]))
    with pytest.raises(DisagreementError, match="differ by inf for a history of one song"):
        check_odd_histories(archive, tested["index"], [*NUMBERS])


@pytest.mark.parametrize(
    ("times", "precision", "allowed"),
    [
        (1, "float32", 1 / 150),
        (1, "float16", 1 / 150),
        (14, "float32", 1 / 1000),
        (14, "float16", 1 / 500),
    ],
)
def test_so_many_targets_may_stand_elsewhere(
    tested: dict[str, Any], times: int, precision: str, allowed: float
) -> None:
    playlists, songs, card, export, protocol = tested["tables"]
    several = playlists.set_alias("p").join(
        sql.connection().sql(f"from range({times})").set_alias("times"), "true"
    )
    given = export.model_copy(update={"precision": precision})
    archive = cast(ModelArchive, Answers(tested["index"]))
    report = verify_model(archive, several, songs, card, given, protocol)[1]
    assert report["queries"] == times * EACH * len(KINDS)
    assert (report["allowed_difference"], report["precision"]) == (allowed, precision)


def test_a_figure_may_differ_by_what_is_allowed_and_no_more() -> None:
    card = {name: {"1": 0.5, "3": 0.75} for name in METRICS}
    for name in METRICS:
        for figure in (0.75 - 1 / 64, 0.75 + 1 / 64):
            measured = card | {name: {"1": 0.5, "3": figure}}
            _check_agreement(measured, card, 1 / 64)
            expected = f"found {name}@3 {figure:.5f} on the test split; expected 0.75000, as tested"
            with pytest.raises(DisagreementError, match=expected):
                _check_agreement(measured, card, 1 / 65)


def test_the_report_has_the_first_playlist_as_an_example(tested: dict[str, Any]) -> None:
    example = verified(Answers(tested["index"]), tested)["example"]
    queries = held_out(tested["tables"][0], "test", PROTOCOL)
    first = [f"id {song}" for song in queries[:1].histories.flat()[1]]
    ranking = top_k(tested["index"], queries[:1].histories, 5)[0][0]
    assert len(first) == 3
    assert example["history"] == first
    assert example["next"] == [f"id {song}" for song in ranking]
    assert (example["target"], example["rank"]) == (example["next"][0], 1)
    assert example["names"] == {song: song for song in {*first, *example["next"]}}
    wrong = _example(
        cast(ModelArchive, Answers(tested["index"])), _longer(), np.array([*NUMBERS, "none"]),
        tested["tables"][1],
    )  # fmt: skip
    assert wrong["history"] == ["id 1", "id 2", "id 3"]  # the last three of five
    assert (wrong["target"], wrong["rank"]) == ("none", None)


def _longer() -> Queries:
    return Queries(Histories.of([[5, 4, 1, 2, 3]]), np.array([KNOWN], np.int32))


def test_the_histories_that_are_odd() -> None:
    assert odd_histories(20) == {
        "no song": [],
        "one song": [19],
        "unknown songs": [20, 20, 20],
        "songs of which some are unknown": [19, 20, 0, 20],
        "repeated songs": [19, 0, 0, 0, 9, 0],
        "1000 songs": [*range(20)] * 50,
    }


@pytest.mark.parametrize(
    ("precision", "weight", "allowed"),
    [("float32", 0.5, 0.001), ("float32", 4, 0.004), ("float16", 0.5, 0.02), ("float16", 4, 0.08)],
)
def test_scores_may_differ_by_a_share_of_the_highest(
    tested: dict[str, Any], precision: str, weight: float, allowed: float
) -> None:
    part = VectorsPart(kind="vectors", decay=1, weight=weight)
    index = replace(
        tested["index"].weighted(Score(repeats=True, parts={"space": part})),
        target_units=tested["index"].query_units.T,  # the last song itself scores 1
        fallback=np.linspace(0.9, 0.1, KNOWN, dtype=np.float32),
    )

    class Apart(Answers):
        def answer(self, histories: list[list[str]]) -> dict[str, Any]:
            found = super().answer(histories)
            found["scores"][1] += self.apart  # of one song
            return found

    archive = Apart(index)
    archive.precision = precision
    archive.apart = 0.98 * allowed
    check_odd_histories(cast(ModelArchive, archive), index, [*NUMBERS])
    archive.apart = 1.02 * allowed
    told = (
        f"differ by {1.02 * allowed:.5f} for a history of one song; .* at most {allowed:.5f} more"
    )
    with pytest.raises(DisagreementError, match=told):
        check_odd_histories(cast(ModelArchive, archive), index, [*NUMBERS])


def exported(tested: dict[str, Any], **changes: Any) -> ModelArchive:
    """What is exported of the tested model."""
    playlists, _, card, *_ = tested["tables"]
    songs = sql.connection().sql(
        "select unnest(range(24))::integer as song, 'id ' || song as song_id, null as artist, "
        "song_id as track, greatest(0, 20 - song) as plays, 0 as recent_plays, 0 as late_plays"
    )
    pairs = sql.connection().sql(
        "select 0::integer as song, 0::integer as other, 0::float as next, 0::float as later, "
        "0::float as earlier, 0::float as together where false"
    )
    vectors = np.random.default_rng(3).standard_normal((2, KNOWN, 8), np.float32)
    space = SongSpace(*vectors, np.arange(KNOWN, 0, -1))
    export = EXPORT.model_copy(update=changes)
    champion = {"retrieval": SCORE}
    return nodes.export_model(space, pairs, champion, playlists, songs, card, export, PROTOCOL)


def test_a_set_has_no_song_that_the_model_lacks(
    tested: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[dict[str, Any]] = []
    monkeypatch.setattr(graph, "export", lambda _, vocabulary, *__: held.append(vocabulary.sets))
    monkeypatch.setattr(nodes, "check_odd_histories", lambda *_: None)
    listed = tmp_path / "mine.txt"
    listed.write_text("id 3\nid 22\n")
    exported(tested, sets={"mine": str(listed)})
    assert held[0]["mine"].tolist() == [3]
    listed.write_text("id 22\n")
    with pytest.raises(InputError, match=r"^export\.sets\.mine: found no id of a known song"):
        exported(tested, sets={"mine": str(listed)})


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_an_archive_says_the_precision_of_its_numbers(
    tested: dict[str, Any], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(graph, "export", lambda *args: given.append(args[-1]))
    monkeypatch.setattr(nodes, "check_odd_histories", lambda *_: None)
    assert exported(tested, precision=precision).precision == given[0] == precision
