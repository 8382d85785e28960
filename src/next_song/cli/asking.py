"""Asking the model: `recommend` and `songs`."""

from typing import TYPE_CHECKING, Any

import click

from next_song.characters import plain
from next_song.cli import texts
from next_song.cli.options import ENDPOINT, MODEL, open_model, table_format
from next_song.cli.rules import known_songs, wishes, with_rules

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

FEW = 10  # songs of an answer, unless -k says how many
SONG = ("rank", "song_id", "name", "score")


@click.command()
@MODEL
@ENDPOINT
@click.option(
    "-k",
    type=int,
    help=f"Number of songs in the answer; at most {FEW} if it is left out.",
)
@click.option("--file", help="Add the songs of this file, one a line.")
@click.option(
    "--histories",
    help="Answer each line of this file, a JSON list of songs; `-` is standard input.",
)
@click.option(
    "--strict", is_flag=True, help="Fail if a song is unknown, instead of leaving it out."
)
@with_rules
@click.option("--explain", is_flag=True, help="Also say why, and how probable each song is.")
@table_format
@click.argument("songs", nargs=-1)
def recommend(
    model: str,
    endpoint: str | None,
    k: int | None,
    file: str | None,
    histories: str | None,
    strict: bool,
    form: str | None,
    songs: tuple[str, ...],
    explain: bool,
    **rules: Any,
) -> None:
    """Recommend the songs that follow SONGS, oldest first.

    Give a song as its id, or as "artist - title", in any case and order of words. `-` stands for
    the lines of standard input, `id:` may stand before an id. With --histories, JSON is one line an
    answer, and CSV and lines begin with the number of the history.
    """
    from next_song.serving.predictor import open_predictor, recommendations

    if histories and (songs or file):
        raise click.UsageError("--histories has songs of its own: leave out SONGS and --file.")
    many = texts.histories_of(histories) if histories else None
    given = [texts.songs_of(songs, file)] if many is None else many
    archive = open_model(model)
    table = archive.songs
    k = _default_k(table, archive.k) if k is None else _checked_k(k, archive.k)
    known = known_songs(table, [*given, rules["exclude"], rules["only"]], strict=strict)
    wished = wishes(table, known, explain=explain, **rules)
    predict, answers = open_predictor(archive, endpoint), []
    for history in given:
        asked = [known.get(text, text) for text in history]
        answers.append(recommendations(predict, table, k, asked, wished))
        _tell(answers[-1], k)
    _PRINT[form or "lines"](answers, many=many is not None)


@click.command()
@MODEL
@click.option("--ids", "form", flag_value="ids", help="Print ids alone, to be piped to recommend.")
@click.option("--most", default=20, show_default=True, type=click.IntRange(1), help="Songs found.")
@table_format
@click.argument("text")
def songs(model: str, most: int, form: str | None, text: str) -> None:
    """List the songs of the model that TEXT finds, best match first, each with its id.

    Words of the name may stand in any order, without accents; the last one may be begun, and
    typos are tolerated. Paste the id into a shell as it is printed.
    """
    from next_song.serving.song_search import SongIndex

    archive = open_model(model)
    index = SongIndex(archive.songs)
    found = index.search(text, most)
    if not found:
        nearest = ", ".join(repr(song.name) for song in index.nearest(text))
        raise click.ClickException(f"TEXT: found no song with {text!r}. Nearest: {nearest}")
    if form == "json":
        texts.echo_json([song._asdict() for song in found])
    elif form == "csv":
        texts.echo_csv(("song_id", "name"), found)
    elif form == "ids":
        texts.echo("\n".join(texts.line(song.song_id) for song in found))
    else:
        for song in found:
            click.echo(f"{plain(song.name)}  {texts.word(song.song_id)}")


def _default_k(table: "DuckDBPyRelation", most: int | None) -> int:
    """Returns how many songs of an answer are wanted if nobody says so; most: as in the archive."""
    return min(FEW, most or FEW, len(table))


def _checked_k(k: int, most: int | None) -> int:
    """Raises InputError before the model is loaded; archives of earlier versions do not say k."""
    from next_song.errors import InputError

    if k < 1 or (most and k > most):
        what = f"1 to {most}, what the model was exported for" if most else "at least 1"
        raise InputError(f"-k: found {k}; expected {what}")
    return k


def _tell(answer: dict[str, Any], k: int) -> None:
    from next_song.retrieval.definition import BY_ARTIST

    for unknown in answer["unknown"]:
        nearest = ", ".join(repr(name) for name in unknown["nearest"])
        click.echo(f"Unknown song {unknown['song']!r}: left out. Nearest: {nearest}", err=True)
    if not answer["known"]:
        by_artist = any(song["score"] >= BY_ARTIST for song in answer["songs"])
        told = "songs by the same artists" if by_artist else "the most played ones"
        click.echo(f"No song is known: these are {told}.", err=True)
    if len(answer["songs"]) < k:
        click.echo(f"Only {len(answer['songs'])} songs are left, not {k}.", err=True)


def _print_json(answers: list[dict[str, Any]], *, many: bool) -> None:
    for answer in answers:
        texts.echo_json(answer, indent=None if many else 2)


def _print_csv(answers: list[dict[str, Any]], *, many: bool) -> None:
    explained = any("why" in song for answer in answers for song in answer["songs"])
    columns = (*SONG, "probability", "why") if explained else SONG
    rows = [
        [*([query] if many else []), rank, *(song[column] for column in columns[1:])]
        for query, answer in enumerate(answers, 1)
        for rank, song in enumerate(answer["songs"], 1)
    ]
    texts.echo_csv(["query", *columns] if many else columns, rows)


def _print_lines(answers: list[dict[str, Any]], *, many: bool) -> None:
    for query, answer in enumerate(answers, 1):
        for rank, song in enumerate(answer["songs"], 1):
            begin = f"{query:6} " if many else ""
            click.echo(f"{begin}{rank:3}  {song['score']:7.4f}  {plain(song['name'])}")
            if "why" in song:
                click.echo(f"{'':{len(begin) + 14}}{song['probability']:.2%}: {plain(song['why'])}")


_PRINT = {"json": _print_json, "csv": _print_csv, "lines": _print_lines}
