"""next-song: the next song of a playlist, from raw playlists to an endpoint."""
