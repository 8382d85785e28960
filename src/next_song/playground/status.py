"""What a screen reader tells after a change: one short line for each part of the page.

A part without a line changes silently. A problem is told by its own element, an alert.
"""

from next_song.playground.visitor import Visitor


def search_status(visitor: Visitor) -> str:
    """How many songs were found, and the first; or why there are none."""
    search = visitor.field.found
    if search.message or not search.songs:
        return search.message
    return f"{_count(len(search.songs), 'song')} found; first: {search.songs[0].name}"


def playlist_status(visitor: Visitor) -> str:
    """What happened to the list as a whole; the next songs tell its length."""
    return visitor.notice


def next_status(visitor: Visitor) -> str:
    """How long the playlist is, how many next songs are shown, and the first."""
    songs, entries = visitor.next.songs[: visitor.shown], visitor.playlist.entries
    if visitor.asking or visitor.problem:
        return ""
    if not songs:
        return "No song is left."
    kind = "next song" if visitor.next.known else "most played song"
    told = [f"{_count(len(songs), kind)}; first: {songs[0].song.name}"]
    if entries:
        told.insert(0, f"{_count(len(entries), 'song')} in the playlist")
    return ". ".join([*told, visitor.verdict] if visitor.verdict else told)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
