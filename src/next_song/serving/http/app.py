"""The routes: TensorFlow Serving's as in SageMaker's container, and plain ones for people."""

import asyncio
import json
import logging
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline

from next_song.errors import InputError
from next_song.serving.http import tensorflow_json
from next_song.serving.http.batches import Batches
from next_song.serving.http.schemas import (
    Histories,
    Recommendation,
    Recommendations,
    Scored,
    Song,
    Unknown,
)
from next_song.serving.http.tensorflow_json import RequestError
from next_song.serving.predictor import Answer
from next_song.serving.song_search import SongIndex
from next_song.versions import VERSION

ABOUT = "Which songs follow a playlist? There is no login: whoever reaches the server may ask."
LIKE_TENSORFLOW = "TensorFlow Serving's JSON, as a SageMaker endpoint answers it."
MOST_FOUND = 100  # songs of one search
MOST_NEAREST = 10  # unknown songs of a history that are told with the nearest names
MOST_HISTORIES, MOST_SONGS = 1000, 10_000  # of /invocations, and of each of its histories


class Routes:
    """Answers requests. most: the songs of an answer that the model was exported for."""

    def __init__(self, batches: Batches, index: SongIndex, most: int) -> None:
        self._batches, self._index, self._most = batches, index, most

    async def ping(self) -> Response:
        """Says that the model is loaded."""
        return _json(200, {})

    async def invocations(self, request: Request) -> Response:
        """Answers `instances` with `predictions`, and `inputs` with `outputs`."""
        if (kind := request.headers.get("content-type")) != "application/json":
            return _json(415, {"error": f"Unsupported Media Type: {kind or 'Unknown'}"})
        try:
            histories, by_row = tensorflow_json.read(await request.body())
            if len(histories) > MOST_HISTORIES or len(histories[0]) > MOST_SONGS:
                what = f"{MOST_HISTORIES} histories of {MOST_SONGS} songs"
                return _json(413, {"error": f"Request of more than {what}"})
            answers = await self._batches.ask(histories, self._most)
        except RequestError as error:
            return _json(400, {"error": str(error)})
        except InputError as error:
            return _json(500, {"error": error.message})
        return _json(200, tensorflow_json.write(answers, by_row=by_row))

    async def recommend(self, asked: Histories) -> Response:
        """Recommends the k songs that follow each history."""
        if asked.k > self._most:
            what = f"1 to {self._most}, what the model was exported for"
            raise HTTPException(422, f"k: found {asked.k}; expected {what}")
        found = await asyncio.to_thread(self._found, asked.histories)
        ids = [[found[text].song_id for text in one if text in found] for one in asked.histories]
        answers = await self._batches.ask(ids, asked.k)
        content = await asyncio.to_thread(self._written, asked.histories, found, answers)
        return Response(content, media_type="application/json")

    def songs(self, q: str, most: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 20) -> list[Song]:
        """Finds songs by words of their names, best match first."""
        return [Song(**song._asdict()) for song in self._index.search(q, most)]

    def _found(self, histories: list[list[str]]) -> dict[str, Any]:
        return self._index.find({text for history in histories for text in history})

    def _written(
        self, histories: list[list[str]], found: dict[str, Any], answers: list[Answer]
    ) -> str:
        pairs = zip(histories, answers, strict=True)
        rows = [self._one(history, found, one) for history, one in pairs]
        return Recommendations(answers=rows).model_dump_json()  # once; FastAPI would check it again

    def _one(self, history: list[str], found: dict[str, Any], answer: Answer) -> Recommendation:
        names = self._index.names(answer.song_ids)
        unknown = [text for text in history if text not in found]
        return Recommendation(
            known=answer.known,
            history=[Song(**found[text]._asdict()) for text in history if text in found],
            unknown=[self._unknown(text, place) for place, text in enumerate(unknown)],
            songs=[
                Scored(song_id=song, name=names.get(song, song), score=round(score, 6))
                for song, score in zip(answer.song_ids, answer.scores, strict=True)
                if song
            ],
        )

    def _unknown(self, text: str, place: int) -> Unknown:
        nearest = self._index.nearest(text) if place < MOST_NEAREST else []
        return Unknown(song=text, nearest=[Song(**song._asdict()) for song in nearest])


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
    app.add_exception_handler(404, _not_found)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(Exception, _failed)
    return app


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


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"example": {"instances": [["song id", "song id"]]}}},
    }
}
