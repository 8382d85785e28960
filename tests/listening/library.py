"""Playlists, and the history of two people, around the end of summer time in Berlin."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import normalize

Row = dict[str, Any]
START = datetime(2024, 10, 27, 0, 20, tzinfo=UTC)  # 40 minutes before Berlin's clocks go back


def _song(n: int, form: Any) -> Row:
    """A song, with the artist's name in a form of Unicode."""
    artist, track = normalize(form, f"Künstler {n % 7}"), f"Lied {n}, für K"
    return {"artist": artist, "track": track, "uri": f"spotify:track:{n:03}"}


def _playlists() -> dict[str, list[Row]]:
    """Playlists of 2 to 12 songs; in some a song is repeated in a row."""
    found = {}
    for n in range(40):
        numbers = [(n * 7 + place * place) % 41 for place in range(2 + n % 11)]
        numbers += numbers[-1:] * (n % 5 == 0)
        found[f"Liste {n}"] = [_song(number, "NFD" if n % 2 else "NFC") for number in numbers]
    return found


def _history() -> list[Row]:
    """Listens of two people, oldest first: sessions, some skips, several in one minute."""
    found, time = [], START - timedelta(days=2)
    for n in range(900):
        time += timedelta(seconds=(20, 200, 260, 45)[n % 4] + (n % 9 == 0) * 7200)
        listen = {"user": ("me", "you")[n // 3 % 2], "time": time, "seconds": 200 if n % 11 else 3}
        found.append(listen | _song(n * n % 41, "NFC"))
    return found


PLAYLISTS, HISTORY = _playlists(), _history()
SHUFFLED = [
    {"list": name, "place": place, "time": START + timedelta(minutes=7 * place, seconds=n)} | song
    for n, (name, songs) in enumerate(PLAYLISTS.items())
    for place, song in enumerate(songs)
]
random.Random(1).shuffle(SHUFFLED)
