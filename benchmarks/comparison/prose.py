"""The sentences of docs/RESULTS.md that hold figures."""

from comparison.data_sets import Run
from comparison.tables import apart, figure, plain, short


def champion(name: str, run: Run) -> str:
    """Returns the command, what it took, and the champion with its weights."""
    cost, found = run["cost"], run["champion"]
    weights = ", ".join(
        f"{plain(part)} {one['standardised']:.2f}" for part, one in found["parts"].items()
    )
    return (
        f"`kedro run --env {name} --runner=next_song.runner.LongestFirstRunner "
        f"--params input={name}.parquet`: {cost['seconds'] / 60:.1f} minutes, at most "
        f"{cost['peak_gib']:.1f} GiB per process. Champion `{found['model']}`; standardised "
        f"weights of its score: {weights}."
    )


def tutorial(run: Run) -> str:
    """Returns how many times as good the champion is as the tutorial, like for like."""
    metric, k, test = run["metric"], run["k"], run["test"]
    theirs, before = test["baselines"].get("tutorial"), test["before_refit"]
    if not theirs:
        return ""
    ratio = test[metric][k] / theirs[metric][k]
    plain_ratio = before[metric][k] / before["tutorial"][metric][k]
    beyond = theirs["behind"]["low"] > 0
    return (
        f"{short(metric)}@{k} is {ratio:.2f} times that of the tutorial as published, trained on "
        f"the same plays, and {plain_ratio:.2f} times before the refit of both; the difference is "
        f"{'beyond' if beyond else 'within'} chance."
    )


def sureness(run: Run) -> str:
    """Returns what other seeds give, and how far the next candidate is behind."""
    metric, k, seeds = run["metric"], run["k"], run["seeds"]
    behind = run["champion"].get("runner_up")
    text = f"{short(metric)}@{k} on validation with {len(seeds)} seeds: "
    text += f"{', '.join(map(figure, seeds))}."
    if behind:
        text += f" The runner-up `{behind['model']}` is lower by {apart(behind)}."
    return text


def exported(run: Run) -> str:
    """Returns size and answer time of the archive."""
    export = run["export"]
    full, bare = export["with_pairs"], export["without_pairs"]
    return (
        f"The exported model reproduces these metrics ({export['songs']:,} songs, "
        f"{export['dimensions']} dimensions): {full['mib']:.0f} MiB, and {full['p50_ms']:.1f} ms "
        f"for a history of 20 songs; without song pairs, {bare['mib']:.0f} MiB and "
        f"{bare['p50_ms']:.1f} ms."
    )
