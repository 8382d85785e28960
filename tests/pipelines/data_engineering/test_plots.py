"""What DuckDB counts for the plots, and what becomes of it."""

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.pipelines.data_engineering import create_pipeline, nodes


def playlists(*lengths: int) -> DuckDBPyRelation:
    """Playlists of these lengths; the last one is for testing."""
    rows = [f"('train', {list(range(length))})" for length in lengths[:-1]]
    rows += [f"('test', {list(range(lengths[-1]))})"]
    return sql.connection().sql(f"from (values {', '.join(rows)}) as t(split, songs)")


def test_short_playlists_are_counted_one_length_at_a_time() -> None:
    train, validation, test = nodes.plot_playlist_lengths(playlists(3, 3, 5, 3)).data
    assert (train.x, train.y) == ((3, 5), (2, 1))
    assert (test.x, test.y) == ((3,), (1,))
    assert validation.x == ()


def test_one_very_long_playlist_does_not_flatten_the_others() -> None:
    # 99 of 100 have 80 songs or fewer, in 40 groups of 2: 10 and 11, and from 80 on the last
    lengths = [10] * 50 + [11] * 49 + [80] * 100 + [5000] + [80]
    train, *_ = nodes.plot_playlist_lengths(playlists(*lengths)).data
    assert train.x == (10.5, 80.5)
    assert train.y == (99, 101)
    assert train.text == ("10 to 11", "80 to 5000")


def test_popularity_is_by_rank_with_the_share_of_plays_so_far() -> None:
    songs = sql.connection().sql("from (values (0, 6), (1, 3), (2, 1), (3, 0)) as t(song, plays)")
    (line,) = nodes.plot_song_popularity(songs).data
    assert (line.x, line.y) == ((1, 2, 3), (6, 3, 1))  # a song without plays is not there
    assert line.text == ("60.0%", "90.0%", "100.0%")


def test_a_curve_of_many_songs_has_few_points() -> None:
    songs = sql.connection().sql("select range as song, 100000 - range as plays from range(100000)")
    (line,) = nodes.plot_song_popularity(songs).data
    assert line.x[:3] == (1, 2, 3)
    assert 100 < len(line.x) < 250
    assert line.x[-1] > 90000


def test_the_page_says_how_many_rows_were_kept() -> None:
    rows = {"read": 1000, "rejected": 1, "dropped": {"skip": 99}, "kept": 900}
    page = nodes.write_page({"rows": rows, "input": {"files": ["a.csv", "b.csv"]}})
    assert "900 of 1,000 rows kept, from a.csv, b.csv." in page


def test_plots_and_their_page_are_made_with_the_tables() -> None:
    made = create_pipeline().all_outputs()
    plots = {"playlist_lengths_plot", "song_popularity_plot"}
    assert made >= {"plays", "data_report", "data_page"} | {f"data_engineering.{n}" for n in plots}
