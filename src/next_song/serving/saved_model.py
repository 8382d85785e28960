"""Runs a SavedModel as TensorFlow Serving does: in a session, by tag and by signature name.

TensorFlow's eager loader would hide a fault: a table without a name works there, but is empty in a
session. Importing this module imports TensorFlow, which takes seconds: import it where it is
needed.
"""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # else it logs a greeting on import

import tensorflow as tf
from numpy.typing import NDArray

from next_song.errors import InputError

SIGNATURE = "serving_default"
ANSWER = {"song_ids", "scores", "known"}  # outputs of each signature, and there may be more

tf.get_logger().setLevel("ERROR")  # the session loader logs that it is deprecated


class ServedModel:
    """A signature of a SavedModel in a session of its own, which exists as long as this object.

    Several threads may call it at the same time. Raises InputError if TensorFlow cannot load it.
    """

    def __init__(self, folder: Path, signature: str = SIGNATURE) -> None:
        with _opening:  # only one thread may redirect standard error
            _first_session()
        graph = tf.Graph()
        session = tf.compat.v1.Session(graph=graph)
        try:
            with graph.as_default():
                tags = [tf.saved_model.SERVING]
                loaded = tf.compat.v1.saved_model.load(session, tags, str(folder))
            found = loaded.signature_def[signature]  # an empty one, if there is none
            if not set(found.outputs) >= ANSWER:
                raise KeyError(f"no outputs {sorted(ANSWER)} of {signature}")
            outputs = {name: found.outputs[name].name for name in sorted(found.outputs)}
            self._inputs = sorted(found.inputs)
            given = [found.inputs[name].name for name in self._inputs]
            self._run = session.make_callable(outputs, feed_list=given)
        except (OSError, KeyError, RuntimeError, ValueError, tf.errors.OpError) as error:
            raise _unfit(error) from error

    def __call__(self, song_ids: NDArray[Any], **others: Any) -> dict[str, NDArray[Any]]:
        """Returns the answers to a batch, as the method of `RetrievalModel` describes them.

        song_ids: strings (b, l). others: the other inputs of the signature. Raises InputError if
        the model fails, or if a song id is not text.
        """
        given = {"song_ids": song_ids} | others
        try:
            answer: dict[str, NDArray[Any]] = self._run(*(given[name] for name in self._inputs))
        except (KeyError, tf.errors.FailedPreconditionError) as error:
            raise _unfit(error) from error
        except tf.errors.OpError as error:
            raise InputError(
                f"history: found {_reason(error)!r} when the model was asked; expected ids of "
                "songs, each a text, and no more histories than fit into memory"
            ) from error
        return answer


def _unfit(error: Exception) -> InputError:
    return InputError(
        f"exported model: found {_reason(error)!r} when it was run in a session; expected an "
        "answer, since TensorFlow Serving runs models in sessions: export it again with "
        "`kedro run --pipelines export`"
    )


def _reason(error: Exception) -> str:
    """Returns the line of an error that says what went wrong."""
    lines = str(getattr(error, "message", error)).splitlines()
    return next((line for line in lines if line and line != "Graph execution error:"), repr(error))


_opening = Lock()


@cache
def _first_session() -> None:
    """Runs one operation with standard error redirected to the null device.

    When the first session of a process runs, TensorFlow 2.20 logs two lines, whatever
    TF_CPP_MIN_LOG_LEVEL says.
    """
    with suppress(OSError):  # there may be no standard error
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            with tf.Graph().as_default(), tf.compat.v1.Session() as session:
                session.run(tf.constant(0))
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
