"""How the champion becomes an archive that is known to answer as it did."""

from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation

from next_song.errors import DisagreementError
from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import rank_figures
from next_song.parameters import Export, Protocol
from next_song.pipelines.export.odd_histories import check_odd_histories
from next_song.retrieval.definition import build_index
from next_song.retrieval.listed import listed_songs
from next_song.retrieval.queries import Queries
from next_song.retrieval.setting import Score
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import artists_of, held_out, pairs_of, song_counts
from next_song.serving import song_search
from next_song.serving.archive import ModelArchive
from next_song.serving.contents import Example
from next_song.serving.tested import histories_of, target_ranks

LONGEST = 50  # songs in the history of an example: a person can look through them
# share of the targets that may stand on the other side of a k: sums in another order can swap
# songs whose scores are equal to seven digits, numbers of float16 those equal to three or four
MAY_DIFFER = {"float32": 1 / 1000, "float16": 1 / 500}


def export_model(
    space: SongSpace,
    song_pairs: DuckDBPyRelation,
    champion: dict[str, Any],
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    scorecard: dict[str, Any],
    export: Export,
    protocol: Protocol,
) -> ModelArchive:
    """Write the champion as a SavedModel, with its songs, test scorecard and examples beside it.

    Raises InputError if the SavedModel does not answer in a session, as TensorFlow Serving asks it,
    and DisagreementError if it answers histories otherwise that the test split may lack.
    """
    from next_song.serving import graph
    from next_song.serving.vocabulary import Vocabulary

    known = songs.filter(f"song < {len(space)}").order("song")
    named = known.select("song_id, artist").to_arrow_table()
    artists, artist_of = artists_of(named["artist"].to_pylist())
    setting = Score.model_validate(champion["retrieval"])
    index = build_index(space, pairs_of(song_pairs), song_counts(songs), setting, artist_of)
    archive = ModelArchive()
    archive.precision = export.precision
    ids = np.array(named["song_id"].to_pylist(), object)
    index = index.excluding(listed_songs("export.exclude", export.exclude, songs))
    sets = {
        name: listed_songs(f"export.sets.{name}", path, known) for name, path in export.sets.items()
    }
    vocabulary = Vocabulary(ids.tolist(), artists, sets)
    archive.k = min(export.k, len(index))
    graph.export(index, vocabulary, archive.k, archive.model, export.precision)
    queries = held_out(playlists, "test", protocol)
    examples = _drawn(queries, len(index), export.examples, protocol.seed)
    every_id = songs.order("song").select("song_id").fetchnumpy()["song_id"]
    archive.add_extras(known, scorecard, _examples(examples, every_id))
    check_odd_histories(archive, index, ids.tolist())
    return archive


def verify_model(
    archive: ModelArchive,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    scorecard: dict[str, Any],
    export: Export,
    protocol: Protocol,
) -> tuple[ModelArchive, dict[str, Any]]:
    """Test the archive as it was written; pass it on if its figures are the scorecard's.

    They may differ by a share of the targets that depends on the precision, and by one target.
    What is reported is what the archive answered. Raises DisagreementError.
    """
    queries = held_out(playlists, "test", protocol)
    ids = songs.order("song").select("song_id").fetchnumpy()["song_id"]
    measured = rank_figures(target_ranks(archive, queries, ids), queries, protocol, len(ids))
    allowed = max(MAY_DIFFER[export.precision], 1 / len(queries))
    _check_agreement(measured, scorecard, allowed)
    report = {
        "precision": export.precision,
        "queries": len(queries),
        "allowed_difference": allowed,
        **{name: measured[name] for name in METRICS},
        "example": _example(archive, queries, ids, songs),
    }
    return archive, report


def _check_agreement(measured: dict[str, Any], scorecard: dict[str, Any], allowed: float) -> None:
    for name in METRICS:
        for k, figure in measured[name].items():
            if abs(figure - scorecard[name][k]) > allowed:
                raise DisagreementError(
                    f"exported model: found {name}@{k} {figure:.5f} on the test split; expected "
                    f"{scorecard[name][k]:.5f}, as tested before export: do not ship it"
                )


def _drawn(queries: Queries, known: int, most: int, seed: int) -> Queries:
    """Draw at most so many queries that a person can look through, in their order.

    known: how many songs the model knows. A history has at most LONGEST songs and at least one that
    the model knows; the target may be unknown.
    """
    histories = queries.histories
    short = histories.ends - histories.starts <= LONGEST
    return queries[np.flatnonzero((histories.known(known) > 0) & short)].sample(most, seed)


def _examples(queries: Queries, ids: Any) -> list[Example]:
    histories, targets = histories_of(queries, ids), ids[queries.targets]
    return [Example(*pair) for pair in zip(histories, targets, strict=True)]


def _example(
    archive: ModelArchive, queries: Queries, ids: Any, songs: DuckDBPyRelation
) -> dict[str, Any]:
    """Return the end of the test's first history, the archive's answer, and the true next song.

    rank: the place of the true next song in the whole answer, 1 for the first; None if it is not
    in it. names: those of all these songs, by id.
    """
    history, target = histories_of(queries[:1], ids)[0][-3:], ids[queries.targets[0]]
    answer = archive.answer([history])["song_ids"][0].tolist()
    rank = answer.index(target) + 1 if target in answer else None
    best = [song for song in answer[:5] if song]
    names = song_search.names(songs, [*history, *best, target])
    return {"history": history, "next": best, "target": target, "rank": rank, "names": names}
