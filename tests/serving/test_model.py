"""The model in Python: as the archive answers in a session, from every form of histories."""

import copy
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from duckdb import DuckDBPyRelation
from odd_archive import IDS, K, odd_archive

import next_song
from next_song import sql
from next_song.errors import InputError
from next_song.serving import song_search
from next_song.serving.archive import ModelArchive
from next_song.serving.asked import Asked, named_artists
from next_song.serving.catalogue import Catalogue
from next_song.serving.model import Model
from next_song.serving.song_search import SongIndex
from next_song.serving.wishes import Question, Wishes


@pytest.fixture(scope="module")
def path(finished: Path) -> Path:
    return finished / "06_models/model.tar.gz"


@pytest.fixture(scope="module")
def model(path: Path) -> Model:
    return next_song.load_model(path)


def song(number: int) -> str:
    return f"Artist {number % 5}\tSong {number}"


def name(number: int) -> str:
    return f"Artist {number % 5} - Song {number}"


def test_how_many_songs_an_answer_has() -> None:
    """As many as the archive was exported for; 100 if it does not say so; all, if these are few."""
    for k, songs, most in ((12, 500, 12), (None, 500, 100), (None, 40, 40), (50, 40, 40)):
        model = object.__new__(Model)  # without an archive to read
        vars(model).update(_archive=SimpleNamespace(k=k), index=range(songs))
        assert model.most == most


HISTORIES = [[song(3), song(4)], [song(20)], ["unknown", song(7)], [], [song(1)] * 3]


def test_it_answers_as_the_graph_does_in_a_session(path: Path, model: Model) -> None:
    k = 40
    found = model.recommend(HISTORIES, k)
    served = ModelArchive.unpack(path).answer(HISTORIES)
    for row in range(len(HISTORIES)):
        mine = found[found["query"] == row]
        ids = [one for one in served["song_ids"][row] if one]
        np.testing.assert_allclose(mine["score"], served["scores"][row][: len(ids)], atol=1e-5)
        assert sorted(mine["song_id"]) == sorted(ids)
        assert mine["rank"].tolist() == list(range(1, len(ids) + 1))


def test_rounded_numbers_are_those_of_the_graph(tmp_path: Path) -> None:
    archive = ModelArchive.unpack(odd_archive(tmp_path / "model.tar.gz", "float16"))
    exact = Model(ModelArchive.unpack(odd_archive(tmp_path / "exact.tar.gz"))).index.song_scores
    model = Model(archive)
    assert 1e-4 > np.abs(model.index.song_scores - exact).max() > 1e-6
    histories = [[one] for one in IDS]
    found, served = model.recommend(histories, K), archive.answer(histories)
    for row in range(len(histories)):
        mine = found[found["query"] == row]
        assert mine["song_id"].tolist() == served["song_ids"][row].tolist()
        np.testing.assert_allclose(mine["score"], served["scores"][row], atol=1e-6)
    less = model.index.excluding(np.array([0])).song_scores
    np.testing.assert_array_equal(less, model.index.song_scores)


def test_a_table_of_answers(path: Path, model: Model) -> None:
    found = next_song.load_model(str(path)).recommend([[song(3), song(4)]], 2)
    assert found.columns.tolist() == ["query", "rank", "song_id", "artist", "track", "score"]
    first = found.iloc[0]
    assert (first["artist"], first["track"]) == tuple(first["song_id"].split("\t"))
    assert model.songs.columns.tolist() == ["song_id", "artist", "track", "plays"]
    assert len(model.songs) == 40
    assert model.scorecard["split"] == "test"
    assert next_song.__version__


def rows(histories: list[list[str]], names: list[Any]) -> list[tuple[Any, int, str]]:
    return [
        (names[number], position, one)
        for number, history in enumerate(histories)
        for position, one in enumerate(history)
    ]


def test_lists_names_tables_and_relations_are_the_same(model: Model) -> None:
    histories = [[song(3), song(4)], [song(20), song(30), song(31)]]
    expected = model.recommend(histories, 5)
    named = model.recommend([[name(3), name(4).upper()], [name(20), name(30), song(31)]], 5)
    pd.testing.assert_frame_equal(named, expected)
    table = pd.DataFrame(rows(histories, ["b", "a"]), columns=["playlist", "position", "song"])
    labelled = expected.assign(query=expected["query"].map({0: "b", 1: "a"}))
    for given in (table, table[["playlist", "song"]]):
        pd.testing.assert_frame_equal(model.recommend(given, 5), labelled, check_dtype=False)
    shuffled = table.iloc[[4, 1, 3, 0, 2]]
    by_label = model.recommend(shuffled, 5).sort_values(["query", "rank"], ignore_index=True)
    in_order = labelled.sort_values(["query", "rank"], ignore_index=True)
    pd.testing.assert_frame_equal(by_label, in_order, check_dtype=False)
    relation = sql.connection().from_df(table)
    pd.testing.assert_frame_equal(model.recommend(relation, 5), labelled, check_dtype=False)
    for kind in (str, lambda position: f"2024-01-0{position + 1}"):
        texts = shuffled.assign(position=shuffled["position"].map(kind))
        found = model.recommend(texts, 5).sort_values(["query", "rank"], ignore_index=True)
        pd.testing.assert_frame_equal(found, in_order, check_dtype=False)
    one = model.recommend(histories[0], 5)
    pd.testing.assert_frame_equal(one, expected[expected["query"] == 0])


def test_a_small_model_gives_what_it_has_if_no_k_is_asked(tmp_path: Path) -> None:
    model = next_song.load_model(odd_archive(tmp_path / "model.tar.gz", few=True))
    assert len(model.recommend([IDS[:1]])) == 4  # all but the one that was played


def test_the_search_index_is_made_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(songs: DuckDBPyRelation) -> SongIndex:
        made.append(1)
        return SongIndex(songs)

    monkeypatch.setattr(song_search, "SongIndex", counted)
    model = next_song.load_model(path)
    for text in ("song 3 artist 3", "song 4 artist 4"):  # other orders of words need the index
        assert model.recommend([[text]], 1).attrs["unknown"] == []
    assert len(made) == 1
    assert copy.deepcopy(model).recommend([["song 3 artist 3"]], 1).attrs["unknown"] == []


def test_rules_for_all_and_for_each(model: Model) -> None:
    histories = [[song(3), song(4)], [song(3), song(4)]]
    whole = model.recommend(histories[:1], 40)["song_id"].tolist()
    left = model.recommend(histories, 3, exclude=[[whole[0]], [whole[1], "unknown"]])
    ids = left.groupby("query")["song_id"].apply(list)
    assert ids[0] == whole[1:4]
    assert ids[1] == [whole[0], *whole[2:4]]
    chosen = model.recommend(histories[:1], 5, only=[whole[7], name(12), "unknown"])
    assert set(chosen["song_id"]) == {whole[7], song(12)}
    few = model.recommend(histories[:1], 40, per_artist=1)
    assert sorted(few["artist"]) == [f"Artist {number}" for number in range(5)]


def test_a_history_of_unknown_songs_gets_songs_by_its_artists(model: Model) -> None:
    expected = {f"Artist 2\tSong {number}" for number in range(2, 40, 5)}
    found = model.recommend([["Artist 2 - never heard"], ["x", "y"]], 8)
    assert set(found[found["query"] == 0]["song_id"]) == expected
    charts = found[found["query"] == 1]["song_id"].tolist()
    assert charts == model.songs["song_id"].tolist()[:8]
    assert found.attrs["unknown"] == ["Artist 2 - never heard", "x", "y"]
    table = pd.DataFrame({"playlist": 1, "song": ["x", "y"], "artist": ["artist 2", None]})
    assert set(model.recommend(table, 8)["song_id"]) == expected


def test_explanations_add_up(model: Model) -> None:
    found = model.recommend(HISTORIES, 40, explain=True)
    parts = [column for column in found if column.startswith("part.")]
    assert [column.removeprefix("part.") for column in parts] == list(model.index.setting.parts)
    known = found[found["query"].isin([0, 1, 2, 4])]
    np.testing.assert_allclose(known[parts].sum(axis=1), known["score"], atol=1e-4)
    np.testing.assert_allclose(found.groupby("query")["probability"].sum(), 1, atol=1e-6)
    sources = set(known[[f"from.{one}" for one in model.index.setting.parts]].to_numpy().ravel())
    assert sources <= {name(number) for number in (3, 4, 20, 7, 1)} | {""}
    assert known["why"].str.contains(r"Song \d+ \d").any()


def test_probabilities_are_the_softmax_of_scores(model: Model) -> None:
    """Also where the artists of an unknown history put their songs first."""
    asked = [*HISTORIES, ["Artist 2 - never heard"]]
    found = model.recommend(asked, 40, explain=True)
    assert found["query"].nunique() == len(asked)
    for _, rows in found.groupby("query"):
        shares = np.exp(rows["score"] - rows["score"].max())
        np.testing.assert_allclose(rows["probability"], shares / shares.sum(), atol=1e-5)


def test_a_history_is_explained_among_others_as_it_is_alone(model: Model) -> None:
    exclude = [[song(row)] for row in range(len(HISTORIES))]
    found = model.recommend(HISTORIES, 5, exclude=exclude, explain=True)
    for row, history in enumerate(HISTORIES):
        alone = model.recommend([history], 5, exclude=exclude[row], explain=True)
        mine = found[found["query"] == row].assign(query=0).reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone, check_exact=False, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"histories": "Song 1"}, "histories: found str; expected a list of lists"),
        ({"histories": 3}, "histories: found int"),
        ({"histories": [[1, 2]]}, "histories: found the song 1, int; expected its id or name"),
        ({"histories": [["a"], "b"]}, "histories: found 'b' as a history"),
        ({"histories": pd.DataFrame({"song": ["a"]})}, "found no column playlist among song"),
        ({"k": 0}, "k: found 0; expected 1 to 40, the number of songs"),
        ({"k": 41}, "k: found 41; expected 1 to 40"),
        ({"k": 2.5}, "k: found 2.5; expected"),
        ({"k": True}, "k: found True; expected"),
        ({"per_artist": 0}, "per_artist: found 0; expected a number of at least 1"),
        ({"only": []}, "only: found no song; expected at least one"),
        ({"only": "market"}, "only: found the set 'market'; expected one of none"),
        ({"exclude": 5}, "exclude: found 5; expected a list"),
        ({"exclude": [["a"], ["b"]]}, "exclude: found 2 lists; expected one for each of 1"),
        ({"exclude": pd.DataFrame({"song": ["a"]})}, "exclude: found a table; expected a list"),
        ({"only": [pd.DataFrame({"song": ["a"]})]}, "only: found a table; expected a list"),
        ({"exclude": ["a", 1]}, r"exclude: found \['a', 1\]; expected a list"),
    ],
)
def test_a_wrong_argument_is_told_in_a_line(model: Model, given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        model.recommend(**({"histories": [[song(1)]]} | given))


def test_no_history_has_no_answer(model: Model) -> None:
    assert len(model.recommend([], explain=True)) == 0
    assert len(model.recommend([[song(1)]], only=["unknown"], explain=True)) == 0


def test_arrays_that_do_not_fit_are_told_in_a_line(path: Path) -> None:
    archive = ModelArchive.unpack(path)
    places = archive.folder / "1/assets.extra/arrays.json"
    text = places.read_text()
    for damaged in ("{}", "[", re.sub(r'"offset": *\d+', '"offset": 99999999', text)):
        assert damaged != text
        places.write_text(damaged)
        archive.url = "s3://models/model.tar.gz"
        with pytest.raises(
            InputError, match=rf"^model {archive.url}: found arrays that do not fit"
        ):
            Model(archive)
        archive.url = ""
        with pytest.raises(InputError, match=rf"^model {archive.folder}: found arrays"):
            Model(archive)


def test_an_artist_is_found_in_any_case() -> None:
    class Named(Catalogue):
        def column(self, name: str) -> Any:
            return np.array(["Weiß", "STRASSE", "abba", "Low", "LOW", None], object)

    catalogue = Named(ModelArchive(), {})
    for text, name in (
        ("weiss", "Weiß"),
        ("WEISS", "Weiß"),
        ("straße", "STRASSE"),
        ("ABBA", "abba"),
    ):
        assert catalogue.artist(text) == name
    assert catalogue.artist("nobody") == ""
    assert [catalogue.artist(name) for name in ("Low", "LOW")] == ["Low", "LOW"]


def test_the_artist_of_a_name_ends_at_its_first_dash() -> None:
    assert named_artists(["The Band - Song - Live", "id", "A-ha - Take On Me"]) == [
        "The Band",
        "A-ha",
    ]


def test_a_playlist_without_a_name_is_one_of_its_own() -> None:
    rows = {"playlist": [None, "a", None], "song": ["x", "y", "z"]}
    asked = Asked.of(pd.DataFrame(rows))
    assert asked.songs == [["x", "z"], ["y"]]
    assert [pd.isna(name) for name in asked.queries] == [True, False]


def test_a_table_without_artists_falls_back_on_names(model: Model) -> None:
    text = "Artist 2 - never heard"
    expected = model.recommend([[text]], k=5)
    table = pd.DataFrame({"playlist": [0, 0], "song": [text, "nobody"], "artist": [None, ""]})
    assert model.recommend(table, k=5)["song_id"].tolist() == expected["song_id"].tolist()


@pytest.mark.parametrize("kind", ["category", "string", object])
def test_nothing_is_no_song_and_no_artist_in_columns_of_any_kind(kind: Any) -> None:
    rows = {"playlist": ["p", "p"], "song": ["x", None], "artist": [None, "A"]}
    table = pd.DataFrame(rows).astype({"song": kind, "artist": kind})
    asked = Asked.of(table)
    assert (asked.songs, asked.artists) == ([["x", ""]], [["", "A"]])


def test_positions_as_texts_are_numbers() -> None:
    rows = {"playlist": ["p"] * 3, "song": ["c", "a", "b"], "position": ["10", "1", "9"]}
    assert Asked.of(pd.DataFrame(rows)).songs == [["a", "b", "c"]]
    rows = {"playlist": ["p"] * 3, "song": ["c", "a", "b"]}
    rows["position"] = ["2024-01-03", None, "2024-01-02"]
    assert Asked.of(pd.DataFrame(rows)).songs == [["b", "c", "a"]]


def test_an_artist_may_be_called_by_a_number() -> None:
    asked = Asked.of(pd.DataFrame({"playlist": ["p"], "song": ["x"], "artist": [311]}))
    assert asked.artists == [["311"]]


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("song", ["A", 7], "found the song 7, int; expected its id or name as a text"),
        ("position", ["1", 2], "found positions of several kinds"),
        ("position", ["1", "second"], "found positions of several kinds, or texts that are no num"),
    ],
)
def test_columns_of_several_kinds_are_told_in_a_line(
    column: str, values: list[Any], told: str
) -> None:
    rows = {"playlist": ["p", "p"], "song": ["x", "y"]} | {column: values}
    with pytest.raises(InputError, match=f"^histories: {told}"):
        Asked.of(pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pa.table({"playlist": ["p"], "song": ["x"]}), r"found pyarrow.lib.Table; expected a list"),
        (pd.DataFrame({"playlist": [["p"]], "song": ["x"]}), "found playlists that are no texts"),
        (pd.DataFrame([["p", "x", "y"]], columns=["playlist", "song", "song"]), "found 2 columns"),
    ],
)
def test_a_table_that_is_none_of_histories_is_told_in_a_line(table: Any, told: str) -> None:
    with pytest.raises(InputError, match=f"^histories: {told}"):
        Asked.of(table)


def test_questions_of_a_batch_have_as_many_answers_as_each_asks_for(model: Model) -> None:
    for sizes in ([2, 5], [5, 2]):
        answers = model.ask([Question([song(3)], k) for k in sizes])
        assert [len(answer.song_ids) for answer in answers] == sizes
        assert [len(answer.scores) for answer in answers] == sizes


def test_each_question_of_a_batch_has_reasons_of_its_own(model: Model) -> None:
    told = Wishes(explain=True)
    asked = [Question([song(3)], 1, (), told), Question(["x"], 1, ["Artist 2"], told)]
    assert model.ask(asked)[1].why == ["by the same artist"]


def test_the_artist_of_a_table_counts_before_that_of_a_name(model: Model) -> None:
    rows = {"playlist": [1], "song": ["Artist 3 - never heard"], "artist": ["Artist 2"]}
    assert set(model.recommend(pd.DataFrame(rows), 8)["artist"]) == {"Artist 2"}
