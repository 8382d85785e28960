"""Playlists whose next song is certain: songs stand in a circle, and each is eight neighbours."""

import gzip
from pathlib import Path

HEADER = '"user_id", "artistname", "trackname", "playlistname"'
SONGS, LENGTH = 40, 8


def write_circle(path: Path) -> None:
    """Writes 400 playlists, gzipped; the same bytes each time."""
    lines = [HEADER]
    for playlist in range(400):
        first = playlist * 7 % SONGS
        lines += [
            f'"user{playlist}","Artist {song % 5}","Song {song}","Mix"'
            for song in ((first + step) % SONGS for step in range(LENGTH))
        ]
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))
