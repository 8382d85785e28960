"""What the plots show of tables and reports whose figures are known."""

import re

import numpy as np
import pandas as pd

from next_song.plots import results, song_map
from next_song.plots.page import page
from next_song.plots.settings import _panel, settings
from next_song.plots.style import BASELINE

BOARD = pd.DataFrame(
    {
        "model": ["near", "wide", "popularity"],
        "weight.space": [0.5, 0.5, None],
        "hit_rate@20": [0.4, 0.3, 0.1],
        "low": [0.375, 0.25, 0.0],
        "high": [0.5, 0.5, 0.2],
    }
)
CARD = {
    "model": "near",
    "hit_rate": {"1": 0.2, "10": 0.4},
    "baselines": {"popularity": {"hit_rate": {"1": 0.0, "10": 0.1}}},
    "slices": {
        "target": {
            "head": {"queries": 3000, "hit_rate": 0.9},
            "new": {"queries": 1, "hit_rate": 0.0},
        },
        "history": {"10+": {"queries": 3001, "hit_rate": 0.5}},
    },
}


def test_the_leaderboard_has_each_model_and_its_interval() -> None:
    candidates, baselines = results.leaderboard(BOARD, "hit_rate@20").data
    assert candidates.y == ("wide", "near")  # from the bottom up
    assert candidates.x == (0.3, 0.4)
    np.testing.assert_allclose(candidates.error_x.array, [0.2, 0.1])
    np.testing.assert_allclose(candidates.error_x.arrayminus, [0.05, 0.025])
    assert baselines.y == ("popularity",)
    assert baselines.marker.color == BASELINE != candidates.marker.color


def test_titles_name_the_colours_since_small_previews_have_no_legend() -> None:
    for plot in (results.leaderboard(BOARD, "hit_rate@20"), results.by_k(CARD)):
        for trace in plot.data:
            color = trace.line.color or trace.marker.color
            name = trace.name.removeprefix("champion: ")
            assert f'<span style="color:{color}">{name}</span>' in plot.layout.title.text


def test_the_page_has_all_figures_and_asks_no_other_host() -> None:
    plots = [results.leaderboard(BOARD, "hit_rate@20"), results.by_k(CARD)]
    text = page("<Results>", "36 % & more", plots)
    assert "<h1>&lt;Results&gt;</h1><p>36 % &amp; more</p>" in text
    assert [f'id="plot-{number}"' in text for number in range(3)] == [True, True, False]
    assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=", text)
    assert text == page("<Results>", "36 % & more", plots)


def test_a_line_for_the_champion_and_each_baseline() -> None:
    champion, baseline = results.by_k(CARD).data
    assert (champion.name, baseline.name) == ("champion: near", "popularity")
    assert (champion.x, champion.y) == ((1, 10), (0.2, 0.4))
    assert baseline.y == (0.0, 0.1)
    assert champion.line.width > baseline.line.width
    assert results.by_k(CARD).layout.xaxis.tickvals == (1, 10)


def test_slices_say_how_many_queries_they_rest_on() -> None:
    target, history = results.slices(CARD, 20).data
    assert target.y == (0.9, 0.0)
    assert target.text == ("3,000 asked", "1 asked")
    assert list(history.x[1]) == ["10+"]


def test_a_panel_for_each_hyper_parameter_that_varies() -> None:
    table = BOARD[:2].assign(window=[5, 10], epochs=[30, 30], sg=[1, 0])
    plot = settings(table, ["window", "epochs", "sg"], "hit_rate@20")
    *panels, title = plot.layout.annotations
    assert [panel.text for panel in panels] == ["window", "sg"]
    assert title.text == "Hit rate at 20 by setting, validation"
    best = [trace for trace in plot.data if "line" in trace.mode]
    assert [(trace.x, trace.y) for trace in best] == [
        (("5", "10"), (0.4, 0.3)),
        (("0", "1"), (0.3, 0.4)),
    ]


def test_each_panel_lies_below_its_title() -> None:
    names = [f"setting {number}" for number in range(6)]
    varied = {name: [10 * number, 10 * number + 1] for number, name in enumerate(names)}
    plot = settings(BOARD[:2].assign(**varied), names, "hit_rate@20")
    titles = {(one.x, one.y): one.text for one in plot.layout.annotations[:-1]}
    assert len(titles) == 6
    for trace in plot.data:
        across = plot.layout[trace.xaxis.replace("x", "xaxis")].domain
        up = plot.layout[trace.yaxis.replace("y", "yaxis")].domain
        (title,) = [name for (x, y), name in titles.items() if (x, y) == (sum(across) / 2, up[1])]
        assert trace.x == tuple(map(str, varied[title]))


def test_without_a_choice_there_is_nothing_to_show() -> None:
    assert not settings(BOARD[:1], ["weight.space"], "hit_rate@20").data


def test_the_weight_and_the_worth_of_each_part() -> None:
    parts = {"space": {"standardised": 0.5, "worth": 0.02}, "next": {"standardised": -0.25}}
    weight, worth = results.weights({"parts": parts}, "hit_rate@20").data
    assert weight.y == worth.y == ("next", "space")
    assert (weight.x, worth.x) == ((-0.25, 0.5), (0, 2.0))


def test_songs_that_are_alike_lie_together_on_the_map() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(0, 0.1, (40, 8)).astype(np.float32)
    vectors[:20, 0] += 1
    vectors[20:, 1] += 1
    points = song_map.flatten(vectors)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) // 20 == np.arange(40) // 20).all()


def test_a_song_that_is_played_more_has_a_larger_dot() -> None:
    plot = song_map.song_map(np.eye(2, dtype=np.float32), ["much", "little"], [4, 1])
    assert plot.data[0].marker.size == (15, 9)


def test_a_name_is_shown_as_it_is_also_if_it_looks_like_html() -> None:
    plot = song_map.song_map(np.ones((1, 2), np.float32), ["<b>Bold</b> & Co. - It's"], [1])
    assert plot.data[0].text == ("&lt;b&gt;Bold&lt;/b&gt; &amp; Co. - It's",)


def test_the_map_has_the_same_bytes_again_and_takes_few_songs() -> None:
    for count in (1, 2, 3, 30):
        vectors = np.random.default_rng(count).normal(size=(count, 4)).astype(np.float32)
        names, plays = [f"song {song}" for song in range(count)], [*range(count, 0, -1)]
        plot, again = (song_map.song_map(vectors, names, plays) for _ in range(2))
        assert plot.to_json() == again.to_json()
        assert len(plot.data[0].x) == count
        assert np.isfinite(plot.data[0].x).all()


def test_the_line_goes_through_the_best_of_each_value() -> None:
    rows = [(1, 0.2), (2, 0.5), (1, 0.4), (2, 0.1)]
    table = pd.DataFrame(rows, columns=["window", "hit_rate@20"]).assign(model=list("abcd"))
    _, best = _panel(table, "window", "hit_rate@20", legend=True)
    assert (best.x, best.y) == (("1", "2"), (0.4, 0.5))


def test_only_the_champion_has_its_colour() -> None:
    baselines = {f"baseline {n}": {"hit_rate": {"1": 0.1}} for n in range(20)}
    champion, *others = results.by_k(CARD | {"baselines": baselines}).data
    assert champion.line.color not in {one.line.color for one in others}


def test_the_title_of_slices_names_the_length_of_the_answer() -> None:
    title = results.slices(CARD, 10).layout.title.text
    assert title == "Hit rate at 10 by kind of query, test"
