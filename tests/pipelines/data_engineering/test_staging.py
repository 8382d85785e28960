"""Random histories, staged and computed once more in plain Python."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import md5
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Sessions
from next_song.pipelines.data_engineering import staging

GAP, SHORT = 30, 20  # minutes, seconds
DOWN, BOTH_OR_NEITHER = (False, True), {(True, True), (False, False)}
START = datetime(2024, 10, 26, 22, tzinfo=UTC)  # summer time ends three hours later in Berlin


class Play(NamedTuple):
    """A row as it is written, and what it means; the moment is in minutes after START."""

    file: str
    user: str
    playlist: str
    position: int
    minute: int | None
    form: int
    song: str
    seconds: int


def written(play: Play) -> str:
    """The moment in one of many forms."""
    if play.minute is None:
        return "some day"
    moment = START + timedelta(minutes=play.minute)
    local = moment.astimezone(timezone(timedelta(hours=play.form - 4)))
    number = int(moment.timestamp())
    forms = [
        f"{number}", f"{number * 1000}", f"{number * 1_000_000}", f"{moment:%Y-%m-%d %H:%M}",
        f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{local:%Y-%m-%d %H:%M:%S} {local:%z}",
    ]  # fmt: skip
    return forms[play.form] if play.form < len(forms) else local.isoformat()


def staged(plays: list[Play], *uses: str, **sessions: Any) -> list[tuple[Any, ...]]:
    """Playlist, song, and the reason if left out, in the order of the playlists."""
    rows = [
        (p.file, p.user, p.playlist, f"{p.position}", written(p), p.song, f"{p.seconds}")
        for p in plays
    ]
    columns = ("file", "user", "playlist", "position", "time", "song", "duration")
    values = ", ".join(f"({', '.join('?' * len(columns))})" for _ in rows)
    raw = sql.connection().sql(
        f"from (values {values}) t({', '.join(columns)})",
        params=[value for row in rows for value in row],
    )
    names = {use: use for use in uses}
    staging.read_plays(raw, names, None)
    off = {"by": "gap", "gap_minutes": None, "time_zone": "UTC", "min_seconds": SHORT}
    table, _ = staging.order_plays(names, Sessions.model_validate(off | sessions))
    ordered = table.order("playlist, place, tie, row")
    return ordered.select("row", "playlist", "song_id", "dropped").fetchall()


def ordered(rows: list[tuple[str, str, str]]) -> tuple[list[Any], staging.Order]:
    """The times of rows (file, time, song) of a playlist, in seconds, and what their order is."""
    values = ", ".join("(?, ?, ?, ?)" for _ in rows)
    raw = sql.connection().sql(
        f"from (values {values}) t(playlist, file, time, song)",
        params=[value for row in rows for value in (row[0], *row)],
    )
    names = {use: use for use in ("playlist", "time", "song")}
    staging.read_plays(raw, names, None)
    off = Sessions(by="gap", gap_minutes=None, time_zone="UTC", min_seconds=0)
    table, order = staging.order_plays(names, off)
    return [time for (time,) in table.order("row").select("time").fetchall()], order


@pytest.mark.parametrize(
    ("number", "seconds"),
    [
        ("99999999999", 99_999_999_999),  # the last of seconds
        ("100000000000", 100_000_000),  # the first of milliseconds
        ("-100000000000", -100_000_000),
        ("99999999999999", 99_999_999_999.999),
        ("100000000000000", 100_000_000),  # of microseconds
        ("99999999999999900", 99_999_999_999.9999),
        ("100000000000000000", 100_000_000),  # of nanoseconds
        ("1970-01-03T00:00:00Z", 172_800),
    ],
)
def test_units_of_times_are_told_apart_by_size(number: str, seconds: float) -> None:
    found, _ = ordered([("a", "1700000000", "s"), ("a", number, "s")])
    assert found == pytest.approx([1_700_000_000, seconds], abs=1e-4)


@pytest.mark.parametrize("small", ["1", "-99999999", "99999999"])
@pytest.mark.parametrize(
    ("others", "told"),
    [
        (["100000000"], None),  # nine digits are seconds
        (["99999999999"], None),
        (["100000000000"], "1 milliseconds"),
        (["99999999999999", "-99999999999999"], "2 milliseconds"),
        (["100000000000000"], "1 microseconds"),
        (["99999999999999900"], "1 microseconds"),
        (["100000000000000000"], "1 nanoseconds"),
        (["2024-01-01", "100000000000000000"], "1 nanoseconds, 1 dates"),
    ],
)
def test_small_numbers_do_not_go_with_other_units(
    small: str, others: list[str], told: str | None
) -> None:
    rows = [("a", time, "s") for time in (small, "0", "100000001", *others)]
    if told is None:
        assert len(ordered(rows)[0]) == len(rows)
        return
    with pytest.raises(InputError) as error:
        ordered(rows)
    assert str(error.value) == (
        f"column 'time': found times of different units, 1 numbers of at most 8 digits beside "
        f"{told}; expected dates, or numbers that count from 1970: correct them, or order by the "
        "bare numbers with columns.position=time"
    )


HASH = "a seeded hash, since the rows are not sorted by it"


@pytest.mark.parametrize(
    ("pairs", "songs", "decided"),
    [
        (9, ("a", "b"), "the order of the rows"),  # by chance, perhaps
        (10, ("a", "b"), HASH),
        (10, ("b", "a"), HASH),
        (10, ("9", "10"), HASH),
        (10, ("10", "9"), HASH),
        (10, ("9", "a"), HASH),
    ],
)
def test_ten_ties_that_are_sorted_by_song_are_no_chance(
    pairs: int, songs: tuple[str, str], decided: str
) -> None:
    rows = [("a", f"{n}", song) for n in range(pairs) for song in (*songs, songs[1])]
    _, order = ordered(rows)
    assert (order.decided, order.ties, order.plays) == (decided, 2 * pairs, 3 * pairs)


def test_one_tie_the_other_way_says_that_they_are_not_by_song() -> None:
    rows = [("a", f"{n}", song) for n in range(10) for song in ("ab" if n else "ba")]
    assert ordered(rows)[1].decided == "the order of the rows"


@pytest.mark.parametrize(
    ("files", "decided"),
    [
        ("up up", "the order of the rows"),
        ("up down", "the order of the rows, reversed in the files that are newest first"),
        ("down down", "the order of the rows, reversed, since they are newest first"),
        ("down tied", "the order of the rows, reversed, since they are newest first"),
        ("up tied", "the order of the rows"),
        ("tied tied", "the order of the rows"),
        ("down none", HASH),
    ],
)
def test_what_decides_is_told_of_all_files(files: str, decided: str) -> None:
    times = {"up": "011", "down": "110", "tied": "111", "none": "101"}
    rows = [
        (f"{n}", time, song)
        for n, kind in enumerate(files.split())
        for time, song in zip(times[kind], "bca", strict=True)
    ]
    assert ordered(rows)[1].decided == decided


@pytest.mark.parametrize(("ties", "told"), [(0, "at"), (1, "at, 1 tie"), (1200, "at, 1,200 ties")])
def test_an_order_in_words(ties: int, told: str) -> None:
    assert str(staging.Order("time", "at", 5000, ties, "")) == told


def joined(user: str, rest: str) -> str:
    if "\t" in user:
        user = user.replace("\\", "\\\\").replace("\t", "\\t")
    return f"{user}\t{rest}" if user else rest


def ties(rows: list[tuple[int, str, str, float]]) -> dict[int, int]:
    """What decides between rows (row, file, playlist, place) of the same place."""
    made, ways = {}, {}
    for file in {row[1] for row in rows}:
        in_file = sorted((row for row in rows if row[1] == file), key=lambda row: (row[2], row[0]))
        pairs = pairwise(in_file)
        steps = [later[3] - one[3] for one, later in pairs if one[2] == later[2]]
        ways[file] = (any(step > 0 for step in steps), any(step < 0 for step in steps))
    for row, file, *_ in rows:
        drawn = int.from_bytes(md5(f"ties {row}".encode()).digest()[8:], "little") >> 1
        like_others = -row if set(ways.values()) - BOTH_OR_NEITHER == {DOWN} else row
        choices = {(True, True): drawn, (True, False): row, DOWN: -row, (False, False): like_others}
        made[row] = choices[ways[file]]
    return made


def expected(rows: list[tuple[int, str, str, float, str]]) -> list[tuple[int, str, str]]:
    decided = ties([row[:4] for row in rows])
    in_order = sorted(rows, key=lambda row: (row[2].encode(), row[3], decided[row[0]]))
    return [(row, playlist, song) for row, _, playlist, _, song in in_order]


@st.composite
def histories(draw: st.DrawFn) -> list[Play]:
    """Plays of one playlist or several; too few ties to say that they are sorted by song."""
    files, users, playlists = (
        st.sampled_from(draw(st.sampled_from([values[:1], values])))
        for values in (("one.csv", "two.csv"), ("u", "", "v\tw"), ("p", "q", ""))
    )
    play = st.builds(
        Play,
        file=files,
        user=users,
        playlist=playlists,
        position=st.integers(0, 3),
        minute=st.sampled_from([0, 1, 30, 31, 61, 62, None]) | st.integers(0, 300),
        form=st.integers(0, 9),
        song=st.sampled_from(["a", "b", "c", ""]),
        seconds=st.sampled_from([200, SHORT, SHORT - 1]),
    )
    return draw(st.lists(play, min_size=1, max_size=10))


SORTED = st.sampled_from([None, "oldest first", "newest first"])
some = settings(max_examples=60, deadline=None)


def arranged(plays: list[Play], by: str, how: str | None) -> list[Play]:
    if how is None:
        return plays
    return sorted(plays, key=lambda play: getattr(play, by) or 0, reverse=how == "newest first")


@some
@given(plays=histories(), by=st.sampled_from(["position", "minute"]), how=SORTED)
def test_playlists_go_by_position_or_time(plays: list[Play], by: str, how: str | None) -> None:
    plays = arranged(plays, by, how)
    used = [
        (row, p.file, joined(p.user, p.playlist), float(getattr(p, by)), p.song)
        for row, p in enumerate(plays, start=1)
        if p.playlist and p.song and p.seconds >= SHORT and getattr(p, by) is not None
    ]
    uses = ["playlist", "user", "song", "duration", "position" if by == "position" else "time"]
    found = staged(plays, *uses)
    assert [row[:3] for row in found if row[3] is None] == expected(used)
    assert len(found) == len(plays)  # the others have their reason
    for row, *_, reason in found:
        play = plays[row - 1]
        assert (reason == "skip") == (play.seconds < SHORT)
        assert (reason == "no playlist") == (play.seconds >= SHORT and not play.playlist)


@some
@given(plays=histories(), how=SORTED)
def test_sessions_end_at_a_gap(plays: list[Play], how: str | None) -> None:
    plays = [play._replace(playlist="") for play in arranged(plays, "minute", how)]
    used = [
        (row, play)
        for row, play in enumerate(plays, start=1)
        if play.song and play.seconds >= SHORT and play.minute is not None
    ]
    session: dict[int, str] = {}
    last: dict[str, tuple[int, str]] = {}
    for row, play in sorted(used, key=lambda each: each[1].minute or 0):
        before, name = last.get(play.user, (-999, ""))
        if (play.minute or 0) - before > GAP:
            start = START + timedelta(minutes=play.minute or 0)
            name = joined(play.user, f"{start:%Y-%m-%d %H:%M:%S}")
        last[play.user] = (play.minute or 0, name)
        session[row] = name
    rows = [(row, p.file, session[row], float(p.minute or 0), p.song) for row, p in used]
    found = staged(plays, "user", "song", "duration", "time", gap_minutes=GAP)
    assert [row[:3] for row in found if row[3] is None] == expected(rows)


NAME = st.text(alphabet="a\\\tt ", max_size=4)


@some
@given(names=st.lists(st.tuples(NAME, NAME), min_size=1, max_size=6))
def test_different_artists_and_titles_are_different_songs(names: list[tuple[str, str]]) -> None:
    values = ", ".join("(?, ?)" for _ in names)
    raw = sql.connection().sql(
        f"from (values {values}) t(artist, track)", params=[name for pair in names for name in pair]
    )
    columns = {"artist": "artist", "track": "track"}
    staging.read_plays(raw, columns, None)
    off = Sessions(by="gap", gap_minutes=None, time_zone="UTC", min_seconds=0)
    table, _ = staging.order_plays(columns, off)
    ids = [song for (song,) in table.order("row").select("song_id").fetchall()]
    trimmed = [tuple(name.rstrip(" \t").strip(" ") for name in pair) for pair in names]
    assert [song is None for song in ids] == [not track for _, track in trimmed]
    pairs = {pair for pair in trimmed if pair[1]}
    assert len({song for song in ids if song is not None}) == len(pairs)
