"""Makes the graph of a SavedModel independent of the process and the machine that wrote it."""

import re
from pathlib import Path

from google.protobuf.text_format import MessageToString, Parse
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel


def make_reproducible(path: Path) -> None:
    """Removes from a graph what depends on the process and the machine that wrote it.

    TensorFlow numbers functions and captured tensors from the start of the process, and their
    names contain these numbers. Functions are numbered again from 1. The names of captured
    tensors, which nothing uses, are removed, and so are the devices and threads of this machine.
    """
    saved = SavedModel.FromString(path.read_bytes())
    functions = saved.meta_graphs[0].graph_def.library.function
    text = MessageToString(saved)
    numbered = {one.signature.name for one in functions} | set(re.findall(r'"(__\w+_\d+)"', text))
    names = sorted(numbered, key=lambda name: _stem(name)[::-1])
    anew = {name: f"{_stem(name)[0]}_{number}" for number, name in enumerate(names, start=1)}
    text = re.sub(r'"(\w+_\d+)"', lambda found: f'"{anew.get(found[1], found[1])}"', text)
    saved = Parse(text, SavedModel())
    graph = saved.meta_graphs[0].graph_def
    graph.library.function.sort(key=lambda function: function.signature.name)
    for function in graph.library.function:
        for argument in function.arg_attr.values():
            argument.attr.pop("_user_specified_name", None)
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            node.attr.pop("config_proto", None)
    path.write_bytes(saved.SerializeToString(deterministic=True))


def _stem(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("_")
    return stem, int(number)
