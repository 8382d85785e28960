"""The champion is trained again with its own hyper-parameters, and so is the tutorial's best."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import splits
from duckdb import DuckDBPyRelation
from kedro.config import OmegaConfigLoader

from next_song import sql
from next_song.parameters import Word2Vec
from next_song.pipelines.selection import refitting, testing
from next_song.pipelines.selection.refitting import refit
from next_song.retrieval.candidate import Candidate
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.training import Start, continue_training, train, train_word2vec

ROOT = Path(__file__).parents[3]
PARAMS = {
    "chosen": Word2Vec(
        sg=1, vector_size=8, window=2, epochs=3, negative=5, ns_exponent=0.5, sample=0,
        min_count=1, alpha=0.025, seed=1,
    )
}  # fmt: skip
PARAMS |= {
    "first": PARAMS["chosen"].model_copy(update={"alpha": 0.05}),
    "last": PARAMS["chosen"].model_copy(update={"window": 1}),
}
Tables = dict[str, SimpleNamespace]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What data_engineering makes for the first training, and for the refit."""
    path = splits.write(splits.plays_apart(), tmp_path_factory.mktemp("refit") / "apart.csv")
    conf = OmegaConfigLoader(str(ROOT / "conf"), base_env="base", default_run_env="base")
    made = {"first": ["train"], "again": ["train", "validation"]}
    return {
        name: splits.tables(path, conf["parameters"], *training) for name, training in made.items()
    }


def candidates(names: list[str], params: dict[str, Word2Vec]) -> dict[str, Candidate]:
    return {name: Candidate({}, np.zeros(0), params[name].model_dump(), _none) for name in names}


def _none() -> SongSpace:
    raise AssertionError("no candidate's vectors are needed")


def refitted(
    tables: Tables,
    how: str,
    names: list[str],
    params: dict[str, Word2Vec],
    start_from: str | None = None,
) -> bytes:
    first, again = tables["first"], tables["again"]
    chosen = train(first.corpus, first.playlists, first.songs, PARAMS["chosen"])
    made = refit(
        again.corpus, again.playlists, again.songs, first.playlists, first.songs, chosen,
        {"model": "chosen"}, how, start_from, **candidates(names, params),
    )  # fmt: skip
    return made.query_vectors.tobytes() + made.target_vectors.tobytes()


@pytest.mark.parametrize("how", ["anew", "continue"])
def test_a_refit_has_the_parameters_of_the_champion(tables: Tables, how: str) -> None:
    alone = refitted(tables, how, ["chosen"], PARAMS)
    assert refitted(tables, how, ["first", "chosen", "last"], PARAMS) == alone
    others = {"chosen": PARAMS["first"]}
    assert refitted(tables, how, ["chosen"], others) != alone


def test_a_model_that_started_from_an_archive_is_always_continued(tables: Tables) -> None:
    anew, continued = (refitted(tables, how, ["chosen"], PARAMS) for how in ("anew", "continue"))
    assert anew != continued
    assert refitted(tables, "anew", ["chosen"], PARAMS, "model.tar.gz") == continued


def test_the_tutorial_is_trained_again_with_its_own(tables: Tables) -> None:
    again = tables["again"]
    champion = {"model": "chosen", "tutorial": "last"}
    given = (again.corpus, again.playlists, again.songs, champion, splits.PROTOCOL, None)
    alone = testing.test_tutorial(*given, **candidates(["last"], PARAMS))["tutorial"]
    among = testing.test_tutorial(*given, **candidates(["first", "last", "chosen"], PARAMS))
    assert among["tutorial"].ranks.tolist() == alone.ranks.tolist()
    first = testing.test_tutorial(*given, **candidates(["last"], {"last": PARAMS["first"]}))
    assert first["tutorial"].ranks.tolist() != alone.ranks.tolist()


def test_training_reads_playlists_in_play_order(tables: Tables) -> None:
    first = tables["first"]
    names = dict(first.songs.select("song, song_id").fetchall())
    lines = [
        [names[int(song)] for song in line.split()]
        for line in first.corpus.read_text().splitlines()
    ]
    # the rows are in the reverse order
    assert ["trigger 0", "train only 0"] in lines
    assert ["train only 0", "trigger 0"] not in lines
    assert len(lines) == len(first.playlists.filter("split = 'train'"))
    rows = first.pairs.select("song, other, next").fetchall()
    pairs = {(names[song], names[other]): rate for song, other, rate in rows}
    assert pairs["trigger 0", "train only 0"] == 1
    assert pairs["train only 0", "trigger 0"] == 0


def test_training_and_validation_are_all_that_is_learned(tables: Tables) -> None:
    for name, taught, plays in (("first", False, 7), ("again", True, 11)):
        made = tables[name]
        number = {song: at for at, song in made.songs.select("song, song_id").fetchall()}
        pairs = set(made.pairs.select("song, other").fetchall())
        assert ((number["start 0"], number["taught 0"]) in pairs) == taught
        assert ((number["trigger 0"], number["test only 0"]) in pairs) is False
        of_cue = made.songs.filter("song_id = 'cue 0'").select("plays").fetchall()
        assert of_cue == [(plays - 4,)]


def test_training_goes_on_for_as_long_as_the_playlists_of_training_take(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    def counting(lines: list[str], playlists: int, *given: Any) -> SongSpace:
        counts.append(playlists)
        return continue_training(lines, playlists, *given)

    monkeypatch.setattr(refitting, "continue_training", counting)
    refitted(tables, "continue", ["chosen"], PARAMS)
    whole = tables["again"].playlists
    assert counts == [len(whole.filter("split = 'train'"))] != [len(whole)]


def test_training_goes_on_with_the_new_playlists_and_as_many_others(tables: Tables) -> None:
    first, again = tables["first"], tables["again"]
    found = sql.query(
        "next_song.pipelines.selection",
        "continued",
        {"seed": 1},
        playlists=first.playlists,
        refit_playlists=again.playlists,
    )
    lines = Counter(line for (line,) in found.fetchall())
    whole = again.playlists.filter("split = 'train'")
    fresh = "playlist in (select playlist from kept.playlists_1 where split = 'validation')"
    new, every = lines_of(whole.filter(fresh)), lines_of(whole)
    assert new <= lines <= every
    assert lines.total() == min(2 * new.total(), every.total())


def lines_of(playlists: DuckDBPyRelation) -> Counter[str]:
    rows = playlists.select("array_to_string(songs, ' ')").fetchall()
    return Counter(line for (line,) in rows)


@pytest.mark.parametrize(("playlists", "epochs"), [(6, 6), (3, 3), (99, 9), (1, 1)])
def test_training_goes_on_for_a_third_of_the_time_at_most(
    playlists: int, epochs: int, tmp_path: Path
) -> None:
    # a third of 9 epochs on 6 playlists is 6 epochs on 3: as long as 18 playlists take
    lines, plays = ["0 1 2", "1 2 0", "2 0 1"], np.full(3, 9)
    params = PARAMS["chosen"].model_copy(update={"epochs": 9})
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("".join(f"{line}\n" for line in lines))
    unit = np.eye(3, 8, dtype=np.float32)
    start = Start(SongSpace(unit, unit, plays), np.arange(3))
    shorter = params.model_copy(update={"epochs": epochs})
    expected = train_word2vec(corpus, 3, plays, shorter, start, words=9)
    found = continue_training(lines, playlists, plays, params, start)
    assert found.query_vectors.tobytes() == expected.query_vectors.tobytes()


def test_training_goes_on_from_the_former_vectors() -> None:
    # it learns next to nothing; songs 0 and 1 were 1 and 0, 2 is new, and 3 was too rare
    params = PARAMS["chosen"].model_copy(update={"epochs": 1, "alpha": 1e-4})
    queries, targets = np.eye(3, 8, dtype=np.float32), np.eye(3, 8, 4, dtype=np.float32)
    start = Start(SongSpace(queries, targets, np.full(3, 9)), np.array([1, 0, -1, 3]))
    found = continue_training(["0 1 2 3", "1 2 3 0"], 6, np.full(4, 9), params, start)
    for made, former in ((found.query_vectors, queries), (found.target_vectors, targets)):
        assert made[:2] == pytest.approx(former[[1, 0]], abs=0.01)
        assert np.abs(made[2:]).max() < 0.2  # as gensim begins


def test_training_goes_on_with_the_plays_and_the_former_numbers_of_each_song(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []

    def keeping(*args: Any) -> SongSpace:
        given.extend(args)
        return continue_training(*args)

    monkeypatch.setattr(refitting, "continue_training", keeping)
    refitted(tables, "continue", ["chosen"], PARAMS)
    _, _, plays, params, start = given
    first, again = (
        tables[name].songs.order("song").select("song_id, plays").fetchall()
        for name in ("first", "again")
    )
    former = {song: number for number, (song, count) in enumerate(first) if count}
    trained = [count for _, count in again if count]
    assert plays.tolist() == trained != [count for _, count in first if count]
    assert start.former.tolist() == [former.get(song, -1) for song, _ in again]
    assert start.former.tolist() != [*range(len(again))]
    assert params == PARAMS["chosen"]


def test_the_other_playlists_that_training_goes_on_with_are_drawn_by_the_seed(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds: list[int] = []
    query = sql.query

    def spying(package: str, name: str, params: Any = None, **given: Any) -> Any:
        if name == "continued":
            seeds.append(params["seed"])
        return query(package, name, params, **given)

    monkeypatch.setattr(sql, "query", spying)
    refitted(
        tables, "continue", ["chosen"], {"chosen": PARAMS["chosen"].model_copy(update={"seed": 5})}
    )
    assert seeds == [5]
