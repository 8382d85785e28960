"""What the buttons of the page do."""

from typing import Any

from next_song.playground.visitor import Visitor
from next_song.serving.song_search import Song


async def act(visitor: Visitor, act: str, of: Any) -> None:
    """Do what a button of the page says: of a song, [id, name], or of an entry's key."""
    match act:
        case "add":
            await visitor.add(Song(*of))
        case "pick":
            await visitor.pick(Song(*of))
        case "up" | "down":
            await visitor.move(of, 1 if act == "down" else -1)
        case "remove":
            await visitor.remove(of)
        case "clear":
            await visitor.clear()
        case "undo":
            await visitor.undo()
        case "try":
            await visitor.try_held_out()
        case "copied":
            visitor.tell_copied(done=bool(of))
        case "ask":
            await visitor.ask()
        case "artists":
            await visitor.limit_artists()
        case "never":
            await visitor.never_recommend(Song(*of))
        case "all":
            await visitor.recommend_all()
        case "more":
            visitor.show_more()
        case "earlier":
            visitor.show_earlier()
