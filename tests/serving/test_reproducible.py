"""The graph of a SavedModel has nothing of the process and the machine that wrote it."""

import shutil
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from next_song.serving.reproducible import make_reproducible


class Doubling(tf.Module):  # type: ignore[misc]
    """A function in a function."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="given")])
    def __call__(self, given: Any) -> Any:
        """Returns twice as much."""
        return self.doubled(given)

    @tf.function  # type: ignore[untyped-decorator]
    def doubled(self, given: Any) -> Any:
        """Returns twice as much."""
        return tf.cond(tf.size(given) > 0, lambda: 2 * given, lambda: given)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SavedModel]:
    """A SavedModel after the change, and the graph before it."""
    folder = tmp_path_factory.mktemp("saved")
    model = Doubling()
    tf.saved_model.save(model, str(folder), signatures=model.__call__)
    path = folder / "saved_model.pb"
    before = SavedModel.FromString(path.read_bytes())
    make_reproducible(path)
    return folder, before


def nodes(saved: SavedModel) -> list[Any]:
    graph = saved.meta_graphs[0].graph_def
    return [*graph.node, *chain(*(function.node_def for function in graph.library.function))]


def test_no_node_names_the_machine(saved: tuple[Path, SavedModel]) -> None:
    folder, before = saved
    after = SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    assert any("config_proto" in node.attr for node in nodes(before))
    assert not any("config_proto" in node.attr for node in nodes(after))


def test_functions_are_numbered_from_one_in_the_order_of_their_names(
    saved: tuple[Path, SavedModel],
) -> None:
    after = SavedModel.FromString((saved[0] / "saved_model.pb").read_bytes())
    names = [one.signature.name for one in after.meta_graphs[0].graph_def.library.function]
    assert names == sorted(names)
    assert {int(name.rpartition("_")[2]) for name in names} <= set(range(1, 100))


def test_it_answers_as_before(saved: tuple[Path, SavedModel], tmp_path: Path) -> None:
    copy = shutil.copytree(saved[0], tmp_path / "copy")
    served = tf.saved_model.load(str(copy)).signatures["serving_default"]
    (answer,) = served(tf.constant([1.0, 2.0])).values()
    np.testing.assert_array_equal(answer, [2.0, 4.0])
