"""The sample in small: 400 playlists, whose faults and order are known by construction."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Sample
from next_song.pipelines.sample import create_pipeline, generator
from next_song.pipelines.sample.faults import PlaylistFault, spread_faults
from next_song.pipelines.sample.library import build_library
from next_song.pipelines.sample.names import ENGLISH, SPACE, spread_codes
from next_song.pipelines.sample.nodes import generate_playlists
from next_song.pipelines.sample.walk import keep_first_plays, walk

HEADER = '"user_id", "artistname", "trackname", "playlistname"'
LINE = re.compile(r'"([0-9a-f]{32})","(.*)","(.*)","(.*)"')
CLEAN = Sample(
    seed=3,
    playlists=400,
    songs=1_500,
    artists=150,
    genres=5,
    mean_length=20.0,
    playlists_per_user=2.0,
    noise=0.0,
    dirty=0.0,
)


def replace(sample: Sample, **changes: Any) -> Sample:
    return Sample.model_validate(sample.model_dump() | changes)


DIRTY = replace(CLEAN, noise=0.05, dirty=0.05)


def lines_of(sample: Sample) -> list[str]:
    return [line for (line,) in generate_playlists(sample).fetchall()]


def rows_of(lines: list[str]) -> list[tuple[str, ...]]:
    return [match.groups() for match in map(LINE.fullmatch, lines) if match]


@pytest.fixture(scope="module")
def clean() -> list[tuple[str, ...]]:
    return rows_of(lines_of(CLEAN)[1:])


@pytest.fixture(scope="module")
def dirty() -> list[str]:
    return lines_of(DIRTY)[1:]


def test_the_pipeline_makes_one_data_set_from_parameters() -> None:
    pipeline = create_pipeline()
    assert pipeline.inputs() == {"params:sample"}
    assert pipeline.outputs() == {"sample_playlists"}


def test_the_relation_is_one_column_of_lines_with_the_header_first() -> None:
    relation = generate_playlists(CLEAN)
    assert relation.columns == ["line"]
    assert relation.fetchall()[0] == (HEADER,)


def test_without_faults_every_line_has_four_plain_fields() -> None:
    lines = lines_of(CLEAN)[1:]
    assert all(re.fullmatch(r'"[0-9a-f]{32}"(,"[^" ]([^"]*[^" ])?"){3}', line) for line in lines)


@pytest.mark.parametrize("sample", [CLEAN, DIRTY])
def test_plays_of_a_playlist_are_consecutive(sample: Sample) -> None:
    rows = rows_of(lines_of(sample)[1:])
    blocks = [key for key, _ in groupby(rows, key=lambda row: (row[0], row[3]))]
    assert len(blocks) == len(set(blocks))


def test_a_user_with_many_playlists_has_no_name_twice() -> None:
    # About eight users of 50 playlists each: popular names come up again for the same user.
    rows = rows_of(lines_of(replace(CLEAN, playlists_per_user=50.0))[1:])
    assert len({(user, name) for user, _, _, name in rows}) == CLEAN.playlists


def test_a_clean_playlist_plays_a_song_once(clean: list[tuple[str, ...]]) -> None:
    assert len(set(clean)) == len(clean)


def test_users_share_playlist_names_and_have_several(clean: list[tuple[str, ...]]) -> None:
    playlists = {(user, name) for user, _, _, name in clean}
    assert max(Counter(user for user, _ in playlists).values()) > 1
    assert Counter(name for _, name in playlists)["Starred"] > 1


def test_same_seed_same_lines_other_seed_other_lines() -> None:
    assert lines_of(DIRTY) == lines_of(DIRTY)
    assert lines_of(DIRTY) != lines_of(replace(DIRTY, seed=4))


def test_threads_do_not_change_the_file(tmp_path: Path) -> None:
    # More than one row group of 122,880 plays, or DuckDB would use one thread anyway.
    sample = replace(DIRTY, playlists=8_000)
    written = [write(sample, threads, tmp_path / f"{threads}.csv") for threads in (1, 4)]
    assert written[0] == written[1]
    assert written[0].count(b"\n") > 122_880
    assert written[0].startswith(f"{HEADER}\n".encode())


def write(sample: Sample, threads: int, path: Path) -> bytes:
    """Write the sample as the project's data set does, and return the bytes."""
    [(before,)] = sql.connection().execute("select current_setting('threads')").fetchall()
    sql.connection().execute(f"set threads = {threads}")
    generate_playlists(sample).create_view("sample_lines", replace=True)
    sql.connection().execute(
        f"copy (from sample_lines) to '{path}' "
        "(format csv, header false, quote '', escape '', delimiter '\x01')"
    )
    sql.connection().execute(f"set threads = {before}")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("quotes inside the artist", r'"\w{32}","[^,"]*.* "La Voz"",".*'),
        ("quotes inside the track", r'.* - From "\w+"",".*'),
        ("one lone quote inside the track", r'.* - Original 12"",".*'),
        ("no artist", r'"\w{32}","",".+",".+"'),
        ("no track", r'"\w{32}",".+","",".+"'),
        ("space before the track", r'"\w{32}",".+"," .+",".+"'),
        ("space after the artist", r'"\w{32}",".+ ",".+",".+"'),
        ("playlist name that begins with a quote", r'.*,""/"'),
        ("quotes inside the playlist name", r'.*,"The ".+" list( \d)?"'),
        ("space after the playlist name", r'.*,"[^"]+ "'),
        ("space before the playlist name", r'.*," [^"]+"'),
        ("a field too few", r'"\w{32}","[^"]+","[^"]+"'),
        ("cut inside the user", r'"\w{10,31}'),
        ("cut inside a name", r'"\w{32}",".*[^"]'),
    ],
)
def test_a_fault_of_every_kind(dirty: list[str], fault: str, pattern: str) -> None:
    assert any(re.fullmatch(pattern, line) for line in dirty), fault


def test_some_lines_repeat_the_line_before(dirty: list[str]) -> None:
    # About 8,000 plays, 5 % faulty, a third of them repeated: 133. A repeat is never of a cut line.
    repeats = [line for line, following in pairwise(dirty) if line == following]
    plays = len(dirty) - len(repeats)
    assert len(repeats) == -(-plays * 5 // 300)
    assert all(LINE.fullmatch(line) for line in repeats)


def test_some_playlists_have_one_song_or_two(dirty: list[str]) -> None:
    query = "select count(distinct song) as songs from fake_plays where play > 0 group by playlist"
    generate_playlists(DIRTY)
    lengths = Counter(songs for (songs,) in sql.connection().execute(query).fetchall())
    # 5 % of 400 playlists have a fault of one of five kinds.
    assert lengths[1] + lengths[2] == 4
    assert min(lengths[1], lengths[2]) > 0


def test_faults_are_equally_many_and_none_without_share() -> None:
    rng = np.random.default_rng(0)
    # 10 % of 1,000 things, five kinds: 20 each.
    counts = np.bincount(spread_faults(PlaylistFault, 1_000, 0.1, rng))
    assert counts.tolist() == [900, 20, 20, 20, 20, 20]
    assert not spread_faults(PlaylistFault, 1_000, 0.0, rng).any()
    assert set(spread_faults(PlaylistFault, 100, 1e-9, rng)) == {0, 1, 2, 3, 4, 5}


def test_popularity_falls_by_rank_over_all_and_inside_artists() -> None:
    library = build_library(replace(CLEAN, songs=6_000), np.random.default_rng(0))
    masses = np.diff(library.song_edges)
    artist = int(np.argmax(np.bincount(library.artist_of)))
    own = np.sort(masses[library.artist_of == artist])[::-1]
    # (rank + 0.5) ** -1.6 inside an artist: 1.5, 2.5, 3.5 for its first three songs.
    np.testing.assert_allclose(own[1:3] / own[0], [0.6**1.6, (3 / 7) ** 1.6], rtol=1e-6)
    assert np.sort(masses)[::-1][:600].sum() > 0.3  # even shares would give 0.1


def test_popular_songs_are_played_more() -> None:
    sample = replace(CLEAN, playlists=3_000, mean_length=30.0)
    library = build_library(sample, np.random.default_rng([sample.seed, 0]))
    generate_playlists(sample)
    played = (
        sql.connection().execute("select song from fake_plays where play > 0").fetchnumpy()["song"]
    )
    ranked = np.argsort(-np.diff(library.song_edges))
    tenths = np.bincount(played, minlength=sample.songs)[ranked].reshape(10, -1).sum(axis=1)
    assert (np.diff(tenths) < 0).all()


def test_albums_run_forwards() -> None:
    generate_playlists(CLEAN)
    query = """
    select count(*) filter (step = 1), count(*) filter (step = -1)
    from (select song - lag(song) over (partition by playlist order by play) as step
          from fake_plays where play > 0)
    """
    [(forwards, backwards)] = sql.connection().execute(query).fetchall()
    assert forwards > 3 * backwards


def test_playlists_move_from_start_to_end_of_their_genre() -> None:
    generate_playlists(CLEAN)
    query = """
    with halves as (
        select playlist, song, percent_rank() over (partition by playlist order by play) as place
        from fake_plays
        where play > 0
    )
    select avg(song) filter (place > 0.7) - avg(song) filter (place < 0.3)
    from halves group by playlist
    """
    moves = [move for (move,) in sql.connection().execute(query).fetchall()]
    assert np.median(moves) > 0


def test_names_are_distinct_and_titles_are_shared(clean: list[tuple[str, ...]]) -> None:
    connection = sql.connection()
    generate_playlists(CLEAN)
    artists = connection.execute("select count(distinct name) from fake_artists").fetchall()
    songs = connection.execute(
        "select count(distinct fields) from fake_songs where song >= 0"
    ).fetchall()
    assert (artists, songs) == ([(CLEAN.artists,)], [(CLEAN.songs,)])
    singers = Counter(track for _, track in {(artist, track) for _, artist, track, _ in clean})
    assert max(singers.values()) > 1


@pytest.mark.parametrize("mark", [",", "'", "(", "&", " - Remastered", "(feat. ", "é"])
def test_names_hold_what_real_names_hold(clean: list[tuple[str, ...]], mark: str) -> None:
    assert any(mark in track for _, _, track, _ in clean)


def test_no_english_word_ends_another() -> None:
    words = [word.lower() for word in ENGLISH]
    assert not [(a, b) for a in words for b in words if a != b and b.endswith(a)]
    assert len(set(words)) == len(words)


def test_the_largest_pool_of_titles_gets_distinct_words() -> None:
    assert SPACE >= 2**22
    codes = spread_codes(np.arange(100_000), np.random.default_rng(0))
    assert len(set(zip(*(column.tolist() for column in codes.values()), strict=True))) == 100_000


@given(st.lists(st.lists(st.integers(0, 9), min_size=1), min_size=1), st.integers(1, 5))
def test_first_plays_are_kept_in_order(playlists: list[list[int]], length: int) -> None:
    number = np.repeat(np.arange(len(playlists)), [len(songs) for songs in playlists])
    song = np.concatenate(playlists).astype(np.int32)
    kept = keep_first_plays(number, song, np.full(len(playlists), length))
    expected = [
        (place, heard)
        for place, songs in enumerate(playlists)
        for heard in list(dict.fromkeys(songs))[:length]
    ]
    assert list(zip(number[kept].tolist(), song[kept].tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("seed", -1, "greater than or equal to 0"),
        ("seed", 1.5, "valid integer"),
        ("playlists", 99, "greater than or equal to 100"),
        ("songs", 99, "greater than or equal to 100"),
        ("songs", 2**22, "less than 4194304"),
        ("artists", 1_501, "genres <= artists <= songs"),
        ("genres", 151, "genres <= artists <= songs"),
        ("genres", 0, "greater than or equal to 1"),
        ("mean_length", 2.9, "greater than or equal to 3"),
        ("playlists_per_user", 0.5, "greater than or equal to 1"),
        ("noise", 1.1, "less than or equal to 1"),
        ("dirty", 0.6, "less than or equal to 0.5"),
        ("dirty", float("nan"), "finite number"),
        ("dirty", "much", "valid number"),
    ],
)
def test_a_parameter_out_of_range_is_named(name: str, value: object, expected: str) -> None:
    with pytest.raises(InputError) as error:
        replace(CLEAN, **{name: value})
    assert expected in str(error.value)
    assert "<=" in expected or f"{name}: found {value!r}" in str(error.value)


def test_the_committed_sample_is_what_the_pipeline_writes(
    kedro_run: Callable[..., Any], tmp_path: Path
) -> None:
    kedro_run(env="base", run_args={"pipeline_names": ["sample"]}, data_root=str(tmp_path))
    committed = Path(__file__).parents[3] / "data/01_raw/playlists.csv.gz"
    assert (tmp_path / "01_raw/playlists.csv.gz").read_bytes() == committed.read_bytes()


def test_many_playlists_are_drawn_in_parts_each_with_numbers_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states: list[Any] = []

    def seen(*given: Any) -> Any:
        states.append(given[-1].bit_generator.state["state"]["state"])
        return walk(*given)

    monkeypatch.setattr(generator, "PLAYLISTS_AT_ONCE", 100)
    monkeypatch.setattr(generator, "walk", seen)
    connection = sql.connection()
    generator.create_tables(connection, CLEAN)
    assert len(set(states)) == 4
    query = "select play, playlist from fake_plays where play > 0 order by play"
    plays = connection.sql(query).fetchnumpy()
    assert plays["play"].tolist() == list(range(1, 1 + len(plays["play"])))
    assert set(plays["playlist"]) == set(range(400))
    assert (np.diff(plays["playlist"]) >= 0).all()
