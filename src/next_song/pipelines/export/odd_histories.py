"""Whether an archive answers as its model does where a test split may have no query to show it."""

import numpy as np

from next_song.errors import DisagreementError
from next_song.parameters import Precision
from next_song.retrieval.definition import Index
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG, top_k
from next_song.serving.archive import ModelArchive

LONG = 1000
# how far scores may differ, as a share of the highest score of an answer, or of 1 if that is lower
MAY_DIFFER: dict[Precision, float] = {"float32": 1e-3, "float16": 2e-2}


def odd_histories(songs: int) -> dict[str, list[int]]:
    """Returns histories by what is odd about them; the song number `songs` is one of no model."""
    rarest, unknown = songs - 1, songs
    return {
        "no song": [],
        "one song": [rarest],
        "unknown songs": [unknown] * 3,
        "songs of which some are unknown": [rarest, unknown, 0, unknown],
        "repeated songs": [rarest, 0, 0, 0, rarest // 2, 0],
        f"{LONG} songs": [number % songs for number in range(LONG)],
    }


def check_odd_histories(archive: ModelArchive, index: Index, ids: list[str]) -> None:
    """Raises DisagreementError if an odd history has other scores in the archive than by the model.

    ids: those of the model's songs, by number. Scores are compared in order and not songs, since
    songs with equal scores may swap places. Raises InputError if the archive does not answer in a
    session.
    """
    odd, names = odd_histories(len(index)), [*ids, f"{max(ids)}?"]
    answer = archive.answer([[names[song] for song in history] for history in odd.values()])
    k = answer["scores"].shape[1]
    songs, scores = top_k(index, Histories.of(list(odd.values())), k)
    known = [any(song < len(index) for song in history) for history in odd.values()]
    for row, name in enumerate(odd):
        ranked = songs[row] != NO_SONG
        most = MAY_DIFFER[archive.precision] * np.abs(scores[row][ranked]).max(initial=1)
        apart = np.abs(answer["scores"][row] - scores[row])[ranked].max(initial=0)
        if ((answer["song_ids"][row] != "") != ranked).any() or answer["known"][row] != known[row]:
            apart = np.inf
        if not apart <= most:
            raise DisagreementError(
                f"exported model: found scores that differ by {apart:.5f} for a history of {name}; "
                f"expected those of the model, at most {most:.5f} more or less: do not ship it"
            )
