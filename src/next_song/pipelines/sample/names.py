"""Draws the words and codes from which DuckDB makes names of artists, songs and playlists."""

from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = dict[str, NDArray[Any]]

# No word is the end of another, so a joined name such as "Taruneheart" can be read in one way only.
ENGLISH_TEXT = (
    "Love Night Heart Fire Rain Blue Summer Dream River Gold Shadow Home Baby Summit Dance Moon "
    "Angel Road Winter Devil Star Wagon Silver Sister Ghost Letter Mirror Radio Sugar Thunder "
    "Garden Highway Ocean Diamond Honey Velvet Paper Electric Wild Lonely Broken Golden Little "
    "Sweet Crazy Black White Red Green Crystal Holy Silent Burning Falling Running Sleeping "
    "Waiting Morning Evening Harvest December Sunday Monday Saturday Kingdom City Island "
    "Mountain Valley Desert Forest Window Door Bridge Castle Tower Engine Machine Robot Satellite "
    "Planet Galaxy Comet Tiger Lion Wolf Raven Sparrow Dove Horse Spider Dragon Queen Prince Joker "
    "Soldier Sailor Gambler Pilot Doctor Preacher Stranger Rebel Hero Nobody Somebody Forever "
    "Tomorrow Yesterday Always Never Again Together Alone Goodbye Hello"
)
ENGLISH = tuple(ENGLISH_TEXT.split())
ONSETS = (
    "b", "br", "c", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "kl", "l",
    "m", "n", "p", "pr", "r", "s", "sh", "st", "t", "tr", "v", "w", "z",
)  # fmt: skip
# Repeated entries make plain vowels and open syllables more likely.
VOWELS = ("a", "e", "i", "o", "u") * 3 + ("ai", "ea", "ou", "é", "ö", "å", "á")
CODAS = ("",) * 7 + ("n", "r", "l", "s", "m", "nd")
INVENTED = 5_000
FORMS = 8
SPACE = len(ENGLISH) * INVENTED * FORMS
# None, remaster, remaster with year, live, radio edit, featured artist: see songs.sql.
SUFFIX_SHARES = (0.76, 0.05, 0.05, 0.05, 0.03, 0.06)
COMMON = (
    "Starred", "Road trip", "Chill", "Party", "Liked from Radio", "Workout", "Summer", "Favorites",
    "My playlist", "Christmas", "Running", "Sleep", "Rock", "Country", "Study", "Dinner", "80's",
    "Soirée", "Hits, hits, hits", "Work",
    "Pool, sun & wine", "Oldies", "Throwback", "New", "Música", "Jazz",
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
YEARS = range(2008, 2016)


def invent_words(rng: np.random.Generator) -> list[str]:
    """Returns 5,000 distinct words of two or three syllables, capitalised."""
    words: dict[str, None] = {}
    while len(words) < INVENTED:
        syllables = [
            rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS)
            for _ in range(rng.integers(2, 4))
        ]
        word = "".join(syllables).capitalize()
        if word not in ENGLISH:
            words[word] = None
    return list(words)


def pool_playlist_names(words: list[str], rng: np.random.Generator) -> list[str]:
    """Returns distinct playlist names, the most common ones first."""
    dated = [f"{word} {year}" for year in YEARS for word in [*MONTHS, *ENGLISH[:40]]]
    mixed = [f"{ENGLISH[place % len(ENGLISH)]} {word}" for place, word in enumerate(words[:2_000])]
    rest = [*dated, *mixed, *ENGLISH]
    shuffled = [rest[place] for place in rng.permutation(len(rest))]
    return list(dict.fromkeys([*COMMON, *shuffled]))


def code_artists(artists: int, rng: np.random.Generator) -> Codes:
    """Returns columns artist, english, invented and form: one row per artist, names distinct."""
    numbers = np.arange(artists)
    return {"artist": numbers} | spread_codes(numbers, rng)


def code_titles(
    artist_of: NDArray[np.int32], track: NDArray[np.int32], rng: np.random.Generator
) -> Codes:
    """Returns columns english, invented, form and suffix, one row per song.

    No artist uses a title twice, but about every fifth title has several artists: each artist
    takes titles from a pool of 2 ** n, more than there are songs, with an odd stride of its own.
    """
    artists = int(artist_of[-1]) + 1
    pool = 1 << len(artist_of).bit_length()
    offset = rng.integers(pool, size=artists)
    stride = 2 * rng.integers(pool // 2, size=artists) + 1
    codes = spread_codes((offset[artist_of] + track * stride[artist_of]) % pool, rng)
    return codes | {"suffix": rng.choice(len(SUFFIX_SHARES), len(track), p=SUFFIX_SHARES)}


def spread_codes(places: NDArray[np.int64], rng: np.random.Generator) -> Codes:
    """Returns columns english, invented and form, a distinct combination for each place < SPACE.

    Neighbouring places get unrelated words.
    """
    stride = int(rng.integers(SPACE // 3, SPACE // 2))
    while gcd(stride, SPACE) != 1:
        stride += 1
    codes = (places * stride + int(rng.integers(SPACE))) % SPACE
    return {
        "english": codes % len(ENGLISH),
        "invented": codes // len(ENGLISH) % INVENTED,
        "form": codes // (len(ENGLISH) * INVENTED),
    }
