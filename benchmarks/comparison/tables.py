"""Tables in Markdown."""


def table(header: list[str], rows: list[list[str]]) -> str:
    """Returns a table: a header and rows of as many cells."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def short(metric: str) -> str:
    """Returns the usual abbreviation of a metric."""
    return {"hit_rate": "HR", "mrr": "MRR", "ndcg": "NDCG"}[metric]


def figure(value: float | None) -> str:
    """Returns a metric as tables of the field write it: .237."""
    return "" if value is None else f"{value:.3f}".replace("0.", ".", 1)


def apart(behind: dict[str, float] | None) -> str:
    """Returns a difference with its interval."""
    if not behind:
        return ""
    return f"{behind['difference']:.4f} ({behind['low']:.4f} to {behind['high']:.4f})"


def plain(name: str) -> str:
    """Returns a name of the configuration as words."""
    return name.replace("_", " ")
