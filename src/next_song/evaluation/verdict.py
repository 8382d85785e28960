"""The result of a test in words."""

from typing import Any

from next_song.parameters import Protocol


def verdict(card: dict[str, Any], protocol: Protocol, k: int) -> str:
    """Say how often the champion finds the next song, and how that compares with the baselines.

    card: a test scorecard with its baselines. Hit rates are over the first k answers; whether the
    champion is ahead of a baseline by more than chance is what `behind` of the card says.
    """
    low, high = card["interval"]["hit_rate"][str(k)]
    where = f"among its first {k}" if k > 1 else "with its first answer"
    asked = "playlists" if protocol.targets == "last" else "songs of playlists"
    return (
        f"{card['model']} finds the next song {where} for {percent(card['hit_rate'][str(k)])} of "
        f"{card['queries']:,} held-out {asked} (95 % interval: {percent(low)} to "
        f"{percent(high)}){_beside_baselines(card['baselines'], str(k))}"
    )


def _beside_baselines(baselines: dict[str, Any], k: str) -> str:
    if not baselines:
        return "."
    best = max(baselines, key=lambda name: baselines[name]["hit_rate"][k])
    rates = {name: percent(card["hit_rate"][k]) for name, card in baselines.items()}
    text = f"; best baseline {rates[best]} ({best})"
    if best != "popularity" and "popularity" in rates:
        text += f", popularity {rates['popularity']}"
    close = [name for name, card in baselines.items() if card["behind"]["low"] <= 0]
    if close:
        names = "any baseline" if len(close) == len(baselines) > 2 else _listed(close)
        return f"{text}. It is not ahead of {names} by more than chance."
    return f"{text}. It is ahead of every baseline by more than chance."


def _listed(names: list[str]) -> str:
    """Return names as people list them: `a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def chance(card: dict[str, Any], k: int, songs: int) -> str:
    """Returns what the champion is not ahead of by more than chance; empty if it is.

    Popularity and a random draw from so many songs are considered; a model that learned something
    is ahead of both.
    """
    random = min(k, songs) / songs
    if card["interval"]["hit_rate"][str(k)][0] <= random:
        return f"a random draw, whose hit rate at {k} is {percent(random)}"
    popularity = card["baselines"].get("popularity")
    if popularity and popularity["behind"]["low"] <= 0:
        return "popularity"
    return ""


def percent(share: float) -> str:
    """Return a share as people say it: `36 %`, and with a decimal below ten percent."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"
