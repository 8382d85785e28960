"""next-song: the next song of a playlist, from raw playlists to an endpoint."""

__version__ = "0.1.0"
