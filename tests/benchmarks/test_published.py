import pickle
from pathlib import Path
from typing import Any

import duckdb
import pytest

from next_song.errors import InputError
from published import gce_gnn, nowplaying, s3_rec, tabular
from published.__main__ import FILES, convert, main
from published.sequences import Sequence, write


def pickled(path: Path, value: Any, protocol: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value, protocol))
    return path


def rows(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"from '{path}'").fetchall()


def test_sessions_from_their_longest_prefixes(tmp_path: Path) -> None:
    # 1 2 3, then 1 2, which would continue it but for the prefix of one song in between
    prefixes = ([[1, 2], [1], [1], [7]], [3, 2, 2, 7])
    assert gce_gnn.whole_sessions(pickled(tmp_path / "test.txt", prefixes)) == [
        [1, 2, 3],
        [1, 2],
        [7, 7],
    ]


@pytest.mark.parametrize(
    ("prefixes", "message"),
    [
        (([[1, 2], [1]], [3, 4]), r"prefix 1 is \[1, 4\]; expected \[1, 2\]"),
        (([[1, 2]], [3]), r"ends before the prefix \[1\]"),
        (([[1]], [3, 4]), "two lists of the same length"),
    ],
)
def test_prefixes_that_do_not_fit(tmp_path: Path, prefixes: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gce_gnn.whole_sessions(pickled(tmp_path / "test.txt", prefixes))


def test_gce_gnn_with_and_without_the_whole_training_sessions(tmp_path: Path) -> None:
    pickled(tmp_path / "train.txt", ([[1], [5, 6], [5]], [2, 7, 6]))
    pickled(tmp_path / "test.txt", ([[2]], [1]))
    found = list(gce_gnn.sequences(tmp_path))
    pickled(tmp_path / "all_train_seq.txt", [[1, 2], [5, 6, 7]])
    expected = [Sequence([1, 2], "train"), Sequence([5, 6, 7], "train"), Sequence([2, 1], "test")]
    assert found == list(gce_gnn.sequences(tmp_path)) == expected


def test_a_line_per_user(tmp_path: Path) -> None:
    (tmp_path / "Beauty.txt").write_text("1 10 11 12\n2 7 10\n\n")
    assert write(s3_rec.sequences(tmp_path / "Beauty.txt"), tmp_path / "beauty.parquet") == 5
    assert rows(tmp_path / "beauty.parquet") == [
        (0, 0, "10"),
        (0, 1, "11"),
        (0, 2, "12"),
        (1, 0, "7"),
        (1, 1, "10"),
    ]
    (tmp_path / "Beauty.txt").write_text("1 10\n2\n")
    with pytest.raises(InputError, match="line 2 is '2'; expected USER ITEM"):
        list(s3_rec.sequences(tmp_path / "Beauty.txt"))


def test_films_by_time_and_equal_times_by_the_file(tmp_path: Path) -> None:
    (tmp_path / "u.data").write_text("10\t5\t3\t30\n2\t8\t5\t9\n10\t7\t1\t20\n10\t6\t3\t30\n")
    found = list(tabular.movielens(tmp_path / "u.data"))
    assert found == [Sequence(["8"]), Sequence(["7", "5", "6"])]
    (tmp_path / "u.data").write_text("10,5,3,30\n")
    with pytest.raises(InputError, match="the columns user, item, rating and timestamp"):
        tabular.movielens(tmp_path / "u.data")


def test_purchases_of_customers_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "InvoiceNo,StockCode,Description,CustomerID\n"
    text += '1,85123A,"LANTERN, £5",17850\n1,71053,,17850\n2,84406B,,\nC3,85123A,,9000\n'
    (tmp_path / "OnlineRetail.csv").write_text(text, "latin-1")
    found = list(tabular.online_retail(tmp_path / "OnlineRetail.csv"))
    assert found == [Sequence(["85123A"]), Sequence(["85123A", "71053"])]


def test_nowplaying_is_cut_as_gce_gnn_cuts_it(tmp_path: Path) -> None:
    day = 86400
    sessions = [
        *((f"9{n}", ["b", "a"], n * day) for n in range(5)),  # five plays of a and b each
        ("1", ["a"], 0),  # one play: left out
        ("2", ["a", "rare"], 0),  # one song left of it
        ("3", ["b", "a", "rare", "a"], 6 * day),
        ("4", ["a", "b"], 80 * day),  # in the last 60 of 100 days
        ("5", ["a", "new"], 90 * day),  # training does not have `new`
        *((f"8{n}", ["new", "new", "a", "b"], 100 * day) for n in range(3)),
    ]
    lines = [f"{s}\t{song}\t{end}" for s, songs, end in sessions for song in songs]
    path = tmp_path / "nowplaying.csv"
    path.write_text("\n".join(["SessionId\tItemId\tTime", *lines]) + "\n")
    assert list(nowplaying.sequences(path)) == [
        *[Sequence([1, 2], "train")] * 5,
        Sequence([1, 2, 2], "train"),
        Sequence([2, 1], "test"),
        *[Sequence([2, 1], "test")] * 3,
    ]


def test_what_is_there_is_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Toys_and_Games.txt").write_text("1 10 11 12\n")
    pickled(tmp_path / "diginetica/all_train_seq.txt", [[1, 2]])
    pickled(tmp_path / "diginetica/test.txt", ([[2]], [1]))
    main(str(tmp_path), str(tmp_path / "out"))
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if "rows" in line] == [
        "diginetica: 4 rows from diginetica",
        "toys: 3 rows from Toys_and_Games.txt",
    ]
    assert said[0].endswith("has no Nowplaying or nowplaying.csv")
    assert rows(tmp_path / "out/diginetica.parquet")[-1] == (1, 1, "1", "test")


def test_an_error_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "ml-100k").mkdir()
    (tmp_path / "ml-100k/u.data").write_text("nothing\n")
    with pytest.raises(SystemExit, match=r"Error: .*u.data: expected the columns"):
        main(str(tmp_path), str(tmp_path))
    assert convert("beauty", tmp_path, tmp_path) == (
        f"beauty: left out, for {tmp_path} has no {next(iter(FILES['beauty']))}"
    )
