"""The model of an archive as a training starts from it."""

import numpy as np
from duckdb import DuckDBPyRelation

from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import former_numbers
from next_song.retrieval.training import Start
from next_song.serving.archive import ModelArchive
from next_song.serving.locations import Locations

LENGTH = np.float32(3)  # of each vector at the start: about the mean after training skip-gram


def start_of(archive: ModelArchive, songs: DuckDBPyRelation) -> Start:
    """Returns the vectors of an archive as a start, for the songs that are trained now.

    An archive has vectors of length 1, and zeros for the targets that it excludes. What lengths
    they had before made no difference to the hit rate.
    """
    located = Locations.read(archive.folder)
    query_units = located.array(archive.folder, "query_units")[:-1]  # the last is of no song
    count = len(query_units)
    target_units = located.array(archive.folder, "searched")[:-2, :count].T
    queries, targets = (
        LENGTH * np.asarray(units, np.float32, "C") for units in (query_units, target_units)
    )
    space = SongSpace(queries, targets, np.ones(count, np.int64))  # a start needs no plays
    return Start(space, former_numbers(archive.songs, songs))
