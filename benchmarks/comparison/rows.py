"""The tables of docs/RESULTS.md."""

from typing import Any

from comparison.data_sets import FIGURES, Run, Shown
from comparison.literature import BOTH, NOTES, PUBLISHED, TRAINING, Published
from comparison.tables import apart, figure, plain, short, table

Card = dict[str, Any]
TUTORIAL = "the tutorial as published"


def rivals(name: str, run: Run) -> str:
    """Returns the champion before and after its refit, beside every rival."""
    shown, test = FIGURES[name], run["test"]
    before, board = test["before_refit"], sorted(test["baselines"].items(), key=_figure(run))
    rows = [
        _row(f"**next-song**: `{test['model']}`", BOTH, test, shown),
        _row("**the same before its refit**", TRAINING, before, shown),
        _row("vectors alone", BOTH, test["vectors_alone"], shown),
        *(_row(_named(key), BOTH, card, shown) for key, card in board),
    ]
    if "tutorial" in before:
        rows.append(_row(TUTORIAL, TRAINING, before["tutorial"], shown))
    rows += [_published(one, len(shown)) for one in PUBLISHED[name]]
    metrics = [f"{short(metric)}@{k}" for metric, k in shown]
    header = ["", "trained on", *metrics, "behind the champion"]
    return "\n\n".join([table(header, rows), *_notes(name)])


def ablation(name: str, run: Run) -> str:
    """Returns the score without each part, and other ways to score, on validation."""
    shown = FIGURES[name]
    rows = [
        [key, *(figure(card[metric][k]) for metric, k in shown), _behind(key, card)]
        for key, card in run["ablation"].items()
    ]
    metrics = [f"{short(metric)}@{k}" for metric, k in shown]
    return table(["", *metrics, f"lower by, {short(run['metric'])}@{run['k']}"], rows)


def slices(test: Card) -> str:
    """Returns the hit rate by kind of target and of history."""
    rows = [
        [kind, name, f"{one['queries']:,}", figure(one["hit_rate"])]
        for kind, found in test["slices"].items()
        for name, one in found.items()
    ]
    return table(["by", "", "queries", "hit rate"], rows)


def _figure(run: Run) -> Any:
    return lambda one: -one[1][run["metric"]][run["k"]]


def _named(baseline: str) -> str:
    return TUTORIAL if baseline == "tutorial" else plain(baseline)


def _behind(key: str, card: Card) -> str:
    return "" if key == "everything" else apart(card["behind"])


def _row(label: str, trained_on: str, card: Card, shown: Shown) -> list[str]:
    cells = []
    for metric, k in shown:
        low, high = card["interval"][metric][k]
        cells.append(f"{figure(card[metric][k])} ({figure(low)} to {figure(high)})")
    return [label, trained_on, *cells, apart(card.get("behind"))]


def _published(one: Published, columns: int) -> list[str]:
    marks = ["second-hand"] * one.second_hand + ["**not comparable**"] * bool(one.why_not)
    label = f"*{one.model}* ({', '.join([one.source, *marks])})"
    cells = [figure(value) for value in one.figures]
    return [label, one.trained_on, *cells, *[""] * (columns - len(cells) + 1)]


def _notes(name: str) -> list[str]:
    """Returns what a reader must know before comparing, as paragraphs."""
    notes = [NOTES[name]] if name in NOTES and PUBLISHED[name] else []
    for why in dict.fromkeys(one.why_not for one in PUBLISHED[name] if one.why_not):
        models = " and ".join(one.model for one in PUBLISHED[name] if one.why_not == why)
        notes.append(f"The published figures of {models} are not comparable: {why}.")
    return notes
