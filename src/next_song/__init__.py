"""next-song: the next song of a playlist, from raw playlists to an endpoint."""

from pathlib import Path
from typing import TYPE_CHECKING

from next_song import versions

if TYPE_CHECKING:
    from next_song.serving.model import Model

__version__ = versions.VERSION
__all__ = ["__version__", "load_model"]


def load_model(path: str | Path = "data/06_models/model.tar.gz") -> "Model":
    """Returns the model of an archive that a run exported: a path, or an s3:// URL.

    >>> model = load_model("data/06_models/model.tar.gz")  # doctest: +SKIP
    >>> model.recommend([["Artist - Title", "a song id"]], k=5)  # doctest: +SKIP

    Raises InputError if the file is no such archive, or FileNotFoundError if it is not there.
    """
    from next_song.datasets.model_archive import open_archive
    from next_song.serving.model import Model

    return Model(open_archive(str(path)))
