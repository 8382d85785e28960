"""The routes: TensorFlow Serving's as in SageMaker's container, and plain ones for people."""

import asyncio
import json
import logging
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline

from next_song.errors import InputError
from next_song.serving.http import tensorflow_json
from next_song.serving.http.batches import Batches
from next_song.serving.http.model import Model
from next_song.serving.http.questions import questions
from next_song.serving.http.recommending import Found, Recommending
from next_song.serving.http.schemas import Histories, Recommendations, Song
from next_song.serving.http.tensors import RequestError
from next_song.serving.song_search import SongIndex
from next_song.serving.wishes import Answer
from next_song.versions import VERSION

ABOUT = "Which songs follow a playlist? There is no login: whoever reaches the server may ask."
LIKE_TENSORFLOW = (
    "TensorFlow Serving's JSON, as a SageMaker endpoint answers it. `signature_name` is "
    "`serving_default`, `recommend` (rules) or `explain` (why, too)."
)
UNREADABLE = "JSON decode error"  # as FastAPI says of other bodies
MOST_FOUND = 100  # songs of one search
MOST_HISTORIES, MOST_SONGS = 1000, 10_000  # of /invocations, and of each list in one of its rows


class Routes:
    """Answers requests."""

    def __init__(self, model: Model, index: SongIndex) -> None:
        self._model, self._index, self._batches = model, index, Batches(model)
        self._recommending = Recommending(model, index)

    async def ping(self) -> Response:
        """Says that the model is loaded."""
        return _json(200, {})

    async def invocations(self, request: Request) -> Response:
        """Answers `instances` with `predictions`, and `inputs` with `outputs`."""
        if (kind := request.headers.get("content-type")) != "application/json":
            return _json(415, {"error": f"Unsupported Media Type: {kind or 'Unknown'}"})
        try:
            asked = tensorflow_json.read(await request.body())
            rows = max(map(len, asked.inputs.values()))  # one history counts for all rows
            if rows > MOST_HISTORIES or _longest(asked.inputs.values()) > MOST_SONGS:
                what = f"{MOST_HISTORIES} histories, or {MOST_SONGS} songs in a list"
                return _json(413, {"error": f"Request of more than {what}"})
            wanted = questions(asked, self._model.most, self._model.sets)
            answers = await self._batches.ask(wanted)
        except RequestError as error:
            return _json(400, {"error": str(error)})
        except InputError as error:
            return _json(500, {"error": error.message})
        explain = asked.signature == tensorflow_json.EXPLAIN
        return _json(200, tensorflow_json.write(answers, by_row=asked.by_row, explain=explain))

    async def recommend(self, asked: Histories) -> Response:
        """Recommends the k songs that follow each history, under rules."""
        found = await asyncio.to_thread(self._recommending.found, asked)
        try:
            wanted = self._recommending.questions(asked, found)
        except RequestError as error:
            raise HTTPException(422, str(error)) from error
        answers = await self._batches.ask(wanted)
        content = await asyncio.to_thread(self._written, asked, found, answers)
        return Response(content, media_type="application/json")

    def songs(self, q: str, most: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 20) -> list[Song]:
        """Finds songs by words of their names, best match first."""
        return [Song(**song._asdict()) for song in self._index.search(q, most)]

    def _written(self, asked: Histories, found: Found, answers: list[Answer]) -> str:
        nearest = self._recommending.nearest(asked, found)
        rows = [
            self._recommending.recommendation(history, found, nearest, answer)
            for history, answer in zip(asked.histories, answers, strict=True)
        ]
        whole = Recommendations(answers=rows)
        return whole.model_dump_json(exclude_none=True)  # once; FastAPI would check it again


def _longest(inputs: Iterable[list[Any]]) -> int:
    """Returns how many texts the longest row of the inputs has; each input has rows of one size."""
    return max(len(rows[0]) for rows in inputs if rows and isinstance(rows[0], list))


def create_app(routes: Routes) -> FastAPI:
    """Returns the app, whose page /docs describes it without loading anything from elsewhere."""
    app = FastAPIOffline(
        "/docs",
        None,
        title="next-song",
        version=VERSION,
        description=ABOUT,
        redirect_slashes=False,
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.get("/ping", description="200 once the model is loaded.")(routes.ping)
    app.post("/invocations", description=LIKE_TENSORFLOW, openapi_extra=_BODY)(routes.invocations)
    app.post("/recommend", response_model=Recommendations)(routes.recommend)
    app.get("/songs", response_model=list[Song])(routes.songs)
    app.add_exception_handler(400, _unreadable)
    app.add_exception_handler(404, _not_found)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(Exception, _failed)
    return app


async def _unreadable(_: Request, __: Exception) -> Response:
    """Says that a body is no JSON where FastAPI does not: no UTF-8, too deep, too long a number."""
    return _json(422, {"detail": [{"loc": ["body"], "msg": UNREADABLE, "type": "json_invalid"}]})


async def _not_found(_: Request, __: Exception) -> Response:
    return _json(404, {"error": "Not Found"})


async def _misunderstood(_: Request, error: Exception) -> Response:
    """Says what is wrong and where, without what was sent: it may be large, and no Unicode."""
    wrong = error.errors() if isinstance(error, RequestValidationError) else []
    detail = [{key: one[key] for key in ("loc", "msg", "type")} for one in wrong]
    return _json(422, {"detail": detail})


async def _failed(_: Request, error: Exception) -> Response:
    logging.getLogger(__name__).error("request failed", exc_info=error)
    return _json(500, {"error": "Internal error: the server's log says more"})


def _json(status: int, content: Any) -> Response:
    return Response(json.dumps(content), status, media_type="application/json")


_RULES = {
    "song_ids": ["song id"],
    "artists": [""],
    "exclude": ["song id"],
    "only": [""],
    "exclude_set": "",
    "only_set": "",
    "per_artist": 2,
}
_EXAMPLES = {
    "histories": {"value": {"instances": [["song id", "song id"]]}},
    "rules": {"value": {"signature_name": "recommend", "instances": [_RULES]}},
}
_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"examples": _EXAMPLES}}}
}
