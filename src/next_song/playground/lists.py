"""The parts of the page that are drawn anew after a change: found songs, playlist, next songs.

All text is set as text, never as HTML; dir="auto" gives each name its own direction. A button says
in data-act what it does and in data-of with what; the page listens, for a button that is just being
drawn anew could not.
"""

import json
from typing import Any

from nicegui import html

from next_song.playground import scores
from next_song.playground.backend import FOUND
from next_song.playground.playlist import Entry
from next_song.playground.song_lists import can_be_kept
from next_song.playground.visitor import Visitor
from next_song.serving.song_search import Song


def draw_search(visitor: Visitor) -> None:
    """What the search found, or what it did not find and is spelled alike."""
    search = visitor.field.found
    if search.message:
        html.p(search.message, dir="auto").classes("message")
    if search.songs:
        _choices(search.songs, "Found songs")
    if len(search.songs) == FOUND:
        html.p(f"These are the {FOUND} most played ones: type more to see others.").classes("hint")
    for unknown in search.unknown:
        html.p(f"Spelled most like “{unknown.text}”:", dir="auto").classes("hint")
        _choices(unknown.nearest, f"Songs spelled like {unknown.text}")


def draw_playlist(visitor: Visitor) -> None:
    """The playlist, its latest songs if it is long, and what can be done with all of it."""
    entries = visitor.playlist.entries
    hidden = max(0, len(entries) - visitor.latest)
    with html.div().classes("heading"):
        html.h2(f"Playlist · {len(entries):,}" if entries else "Playlist")
        with html.div().classes("tools"):
            if visitor.playlist.can_undo:
                _button("Undo", "undo")
            if entries:
                _button("Copy", "copy")
                _button("Download", "download")
                _button("Clear", "clear")
    if visitor.notice:
        html.p(visitor.notice).classes("hint")
    if not can_be_kept(visitor.text):
        html.p("This list is too long for the browser to keep: download it.").classes("hint")
    if not entries:
        html.p("Empty so far: search for a song, or take one of the next songs.").classes("hint")
    if hidden:
        _button(f"Show earlier songs ({hidden:,})", "earlier")
    marks = {"aria-label": "Playlist", "data-list": "playlist"}
    digits = len(f"{len(entries):,}")
    with html.ol(start=hidden + 1, **marks).style(f"--digits: {digits}"):
        for place, entry in enumerate(entries[hidden:], start=hidden + 1):
            _entry(place, entry)


def draw_next(visitor: Visitor) -> None:
    """The next songs with their scores, or why there are none."""
    if visitor.problem:
        with html.div(role="alert").classes("problem"):
            html.p(visitor.problem, dir="auto")
            _button("Try again", "ask")
        return
    songs = visitor.next.songs
    if visitor.verdict and not visitor.asking:
        html.p(visitor.verdict, dir="auto").classes("verdict")
    html.p(_explain(visitor)).classes("hint")
    target = visitor.trial.target if visitor.trial else None
    with html.ol(**{"aria-label": "Next songs", "data-list": "next"}):
        for scored in songs[: visitor.shown]:
            song = scored.song
            with html.li().classes("target" if song == target else ""):
                _choice("add", song, scores.shown(scored, visitor.next))
                _tool("\N{MULTIPLICATION SIGN}", f"Never recommend: {song.name}", "never", song)
    if len(songs) > visitor.shown:
        _button("Show more", "more")
    with html.div().classes("tools"):
        _button("Any song" if visitor.per_artist else "One song of each artist", "artists")
        if visitor.never:
            _button(f"Recommend all again ({len(visitor.never):,})", "all")


def _explain(visitor: Visitor) -> str:
    if visitor.asking:
        return "Asking the model. The first answer takes some seconds."
    if not visitor.next.songs:
        return "No song is left."
    if visitor.next.known:
        return f"Best first; choose one to add it. {scores.MEANING}"
    if visitor.playlist.entries:
        return "The model knows none of these songs. These are the most played ones:"
    return "The most played songs, to start with."


def _button(text: str, act: str) -> None:
    """A button outside of lists, which keeps the focus when it is drawn anew."""
    html.button(text, type="button", **{"data-act": act, "data-keep": act}).classes("more")


def _choices(songs: list[Song], label: str) -> None:
    with html.ul(**{"aria-label": label, "data-list": "found"}):
        for song in songs:
            with html.li():
                _choice("pick", song)


def _choice(act: str, song: Song, score: scores.Shown | None = None) -> None:
    """A song as a button that takes the whole row."""
    label = f"Add {song.name}" + (f", score {score.text}" if score else "")
    says = {"aria-label": label, "data-act": act, "data-of": json.dumps(song)}
    with html.button(type="button", **says).classes("choice"):
        html.span(song.name, dir="auto").classes("name")
        if score:
            bar = html.span(score.text, title=score.tooltip).classes("score")
            bar.style(f"--share: {score.text}")
        html.span("+", **{"aria-hidden": "true"}).classes("sign")


def _entry(place: int, entry: Entry) -> None:
    name = entry.song.name
    with html.li():
        html.span(f"{place:,}", **{"aria-hidden": "true"}).classes("place")
        html.span(name, dir="auto").classes("name")
        _tool("↑", f"Move up: {name}", "up", entry.key).props("data-step=-1")
        _tool("↓", f"Move down: {name}", "down", entry.key).props("data-step=1")
        _tool("\N{MULTIPLICATION SIGN}", f"Remove: {name}", "remove", entry.key)


def _tool(sign: str, label: str, act: str, of: int | Song) -> Any:
    says = {"aria-label": label, "data-act": act, "data-of": json.dumps(of)}
    return html.button(sign, type="button", title=label.split(":")[0], **says).classes("tool")
