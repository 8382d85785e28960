"""Delimited text: what its head says about delimiter, names, widths and uses of the columns."""

import re
from pathlib import Path

import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.delimited import (
    Dialect,
    check_width,
    detect,
    guess_columns,
    scan,
)
from next_song.pipelines.data_engineering.sources.files import InputFile

DIALECTS = {
    "the only one in the header": ("a|b\n1,5|2\n", "|", ["a", "b"], 0),
    "one column": ("song\nx\ny\n", ",", ["song"], 0),
    "nothing": ("\n \n", ",", [], 0),
    "as many fields in both: the earlier one": ("a,b\tc\n1,2\t3\n", ",", ["a", "b\tc"], 0),
    "more fields": ("a,b;c;d\n1,2;3;4\n", ";", ["a,b", "c", "d"], 0),
    "in more of the lines": ("a,b,c;d\n1;2\n3;4\n5;6\n", ";", ["a,b,c", "d"], 0),
    "lines that are wider than the header": ("a;b,c\n1;2;3\n4;5;6\n7;8;9\n", ";", ["a", "b,c"], 0),
    "lines without it count little": ("a;b,c\n1,2\nx\ny\nz\n", ",", ["a;b", "c"], 0),
    "a rare one in every line": ("a^b\n1^2\n", "^", ["a", "b"], 0),
    "a rare one that a line lacks": ("a^b\n1^2\n3\n", ",", ["a^b"], 0),
    "two signs": ("1::2::3\n4::5::6\n", "::", ["1", "2", "3"], 0),
    "blank lines at the start": ("\n\n\na,b\n1,2\n", ",", ["a", "b"], 3),
    "a note for Excel": ("sep=;\na;b\n1;2\n", ";", ["a", "b"], 1),
    "a note and a blank line": ("sep=;\r\n\r\na;b\r\n1;2\r\n", ";", ["a", "b"], 2),
    "a note in capitals": ("SEP=;\na;b\n1;2\n", ";", ["a", "b"], 1),
    "a name in two lines": ('"a\nb",c\n1,2\n', ",", ["a\nb", "c"], 0),
    "a name in five lines": ('"a\n1\n2\n3\nb",c\n1,2\n', ",", ["a\n1\n2\n3\nb", "c"], 0),
    "a name in six lines": ('"a\n1\n2\n3\n4\nb",c\n1,2\n', ",", ["a"], 0),
    "quotes in a name": ('"a ""b"" x",c\n1,2\n', ",", ['a "b" x', "c"], 0),
    "a delimiter in a name": ('"a,b",c\n1,2\n', ",", ["a,b", "c"], 0),
    "a name twice, and none": ("a,a,,\n1,2,3,4\n", ",", ["a", "a_2", "column3", "column4"], 0),
    "types of RecBole": ("id:token,l:token_seq,t:float\n1,2,3\n", ",", ["id", "l", "t"], 0),
}


@pytest.mark.parametrize("case", DIALECTS)
def test_the_head_says_how_text_is_written(case: str) -> None:
    head, delimiter, names, skip = DIALECTS[case]
    found = detect(head, header=True)
    assert (found.delimiter, list(found.names), found.skip) == (delimiter, names, skip)
    assert not found.by_line
    assert not found.trusted


def test_the_first_line_is_kept_where_it_is_a_header() -> None:
    assert detect("a,b\n1,2\n", header=True).first == "a,b"
    without = detect("x,y,z\n1,2,3\n", header=False)
    assert (without.first, without.names) == ("", ("1", "2", "3"))


GUESSES = {
    "playlist, song": ("1,2\n3,4\n", {"playlist": 1, "song": 2}),
    "the time in the middle": (
        "1,2024-01-05,s2\n3,2024-01-06,s4\n",
        {"playlist": 1, "song": 3, "time": 2},
    ),
    "the time first": (
        "1600000000\t1\t2\n1600000001\t3\t4\n",
        {"playlist": 2, "song": 3, "time": 1},
    ),
    "seconds and a date": (
        "1,2,978300000,2024-01-05\n3,4,978300001,2024-01-06\n",
        {"playlist": 1, "song": 2, "time": 4},
    ),
    "two dates, the first of which is the time": (
        "2024-01-05;2023-01-05;1\n2024-01-06;2023-01-06;2\n",
        {"playlist": 2, "song": 3, "time": 1},
    ),
    "milliseconds": (
        "1,2,1600000000000\n3,4,1600000000001\n",
        {"playlist": 1, "song": 2, "time": 3},
    ),
    "a time in one line alone": ("1,2,1600000000\n3,4,5\n", {"playlist": 1, "song": 2}),
    "two lines alone are looked at": (
        "1,2,1600000000\n3,4,1600000001\n5,6,x\n",
        {"playlist": 1, "song": 2, "time": 3},
    ),
    "a shorter second line": ("1,2,1600000000\n3,4\n", {"playlist": 1, "song": 2}),
    "a time and one more": ("1,1600000000\n2,1600000001\n", {}),
    "one column": ("1\n2\n", {}),
    "one line": ("1,2\n", {}),
    "no value that looks like one": ("a,b\n1,2\n", {}),
}


@pytest.mark.parametrize("case", GUESSES)
def test_columns_are_guessed_from_two_lines(case: str) -> None:
    head, expected = GUESSES[case]
    file = InputFile("a.dat", "a.dat", "none", "csv", head, whole=True)
    assert guess_columns(file) == expected
    assert guess_columns(InputFile("a", "a", "none", "json", head, whole=True)) == {}


def test_a_header_with_a_name_less_than_all_lines_have_fields_is_refused() -> None:
    head = "a,b\n1,2,3\n4,5,6\n"
    expected = (
        "input x.csv: found 2 names in the header and 3 fields in line 2 and all that follow; "
        "expected as many names as fields: name every column"
    )
    with pytest.raises(InputError, match=f"^{re.escape(expected)}"):
        check_width("x.csv", detect(head, header=True), head)


@pytest.mark.parametrize(
    "head",
    ["a,b\n1,2,3\n", "a,b\n1,2,3\n4,5\n", "a,b\n1,2\n3,4\n", "a,b\n"],
    ids=["one line", "one of two lines", "as many", "no line"],
)
def test_other_widths_are_left_to_the_reader(head: str) -> None:
    check_width("x.csv", detect(head, header=True), head)
    check_width("x.csv", Dialect(",", ("1",), header=False), "1\n2,3\n4,5\n")


def test_a_field_that_holds_whole_rows_is_a_problem_and_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"x\ny",1\n"x\n2,y",3\n"x, y\nz",4\n')
    told = scan([str(path)], "none", detect(path.read_text(), header=True))
    assert told.select("problem").fetchall() == [
        (None,),
        ("rejected fields",),
        ("rejected fields",),
    ]
