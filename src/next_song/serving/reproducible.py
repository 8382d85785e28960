"""Makes the graph of a SavedModel independent of the process and the machine that wrote it."""

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

NUMBERED = re.compile(r"__\w+_\d+")  # a name that TensorFlow made in this process


def make_reproducible(path: Path) -> None:
    """Removes from a graph what depends on the process and the machine that wrote it.

    TensorFlow numbers functions and captured tensors from the start of the process, and their
    names contain these numbers. Functions are numbered again from 1. The names of captured
    tensors, which nothing uses, are removed, and so are the devices and threads of this machine.
    """
    saved = SavedModel.FromString(path.read_bytes())
    graph = saved.meta_graphs[0].graph_def
    functions = {function.signature.name for function in graph.library.function}
    _replace(saved, _renumbered(functions | _numbered(saved)))
    graph.library.function.sort(key=lambda function: function.signature.name)
    for function in graph.library.function:
        for argument in function.arg_attr.values():
            argument.attr.pop("_user_specified_name", None)
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            node.attr.pop("config_proto", None)
    path.write_bytes(saved.SerializeToString(deterministic=True))


def _numbered(saved: Message) -> set[str]:
    found: set[str] = set()

    def keep(text: str) -> str:
        if NUMBERED.fullmatch(text):
            found.add(text)
        return text

    _replace(saved, keep)
    return found


def _renumbered(names: Iterable[str]) -> Callable[[str], str]:
    """Returns what gives each of these names a number from 1, and leaves other texts as they are.

    The numbers keep the order in which TensorFlow made the names.
    """
    ordered = sorted(names, key=lambda name: _stem(name)[::-1])
    anew = {name: f"{_stem(name)[0]}_{number}" for number, name in enumerate(ordered, start=1)}
    return lambda text: anew.get(text, text)


def _stem(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("_")
    return stem, int(number)


def _replace(message: Any, new: Callable[[str], str]) -> None:
    """Replaces every text in a message, and in those in it, by what `new` returns for it."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING:
            if field.label == field.LABEL_REPEATED:
                value[:] = [new(text) for text in value]
            else:
                setattr(message, field.name, new(value))
        elif field.type == field.TYPE_MESSAGE and field.message_type.GetOptions().map_entry:
            _replace_keys(value, new)
        elif field.type == field.TYPE_MESSAGE:
            for inner in value if field.label == field.LABEL_REPEATED else [value]:
                _replace(inner, new)


def _replace_keys(messages: Any, new: Callable[[str], str]) -> None:
    """Replaces texts in a map of messages, its keys included; a map of texts has no such names."""
    found = {key: value for key, value in messages.items() if isinstance(value, Message)}
    for value in found.values():
        _replace(value, new)
    moved = {key: deepcopy(value) for key, value in found.items() if new(str(key)) != str(key)}
    for key in moved:
        del messages[key]
    for key, value in moved.items():
        messages[new(key)].CopyFrom(value)
