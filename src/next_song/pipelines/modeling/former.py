"""The model whose training is continued: which candidate it is, and what can continue it."""

from next_song.datasets.model_archive import open_archive
from next_song.errors import InputError
from next_song.grid import candidate_names
from next_song.parameters import START_FROM, Word2Vec
from next_song.retrieval.training import Start
from next_song.serving.archive import ModelArchive
from next_song.serving.manifest import shown


def former_model(address: str, candidate: str, repeats: bool) -> ModelArchive | None:
    """Returns the archive at an address, None if its model is of another candidate of the grid.

    repeats: of the protocol. Raises InputError if the model is of no candidate, or was fitted with
    another protocol: its score, which is kept, lacks what holds the latest song back, or has it.
    """
    archive = open_archive(address, START_FROM)
    if archive.score.repeats != repeats:
        raise InputError(
            f"{START_FROM}: found a model with protocol.repeats={archive.score.repeats} in "
            f"{address}; expected {repeats}, as in this run: set protocol.repeats to that of the "
            "archive, or leave start_from out to train anew"
        )
    model, names = archive.scorecard["model"], candidate_names()
    if model not in names:
        raise InputError(
            f"{START_FROM}: found a model of candidate {shown(model)} in {address}; expected one "
            f"of the grid, {', '.join(names)}: give the candidate its old name in conf/base, or "
            "leave start_from out to train anew"
        )
    return archive if model == candidate else None


def fitting(points: list[Word2Vec], start: Start, candidate: str) -> list[Word2Vec]:
    """Returns the points whose vectors have the size of those of the start.

    Raises InputError if there is none.
    """
    fit = [point for point in points if point.vector_size == start.vector_size]
    if not fit:
        sizes = ", ".join(str(point.vector_size) for point in points)
        raise InputError(
            f"{START_FROM}: found vectors of size {start.vector_size} in the archive; expected "
            f"{sizes}, the vector_size of candidate {candidate}: change it to that of the archive, "
            "or leave start_from out to train anew"
        )
    return fit
