"""Writes archives of tiny models to a folder: one, tenth, and lost, for eager mode alone."""

import sys
import tarfile
import tempfile
from pathlib import Path

import tensorflow as tf


class Scorer(tf.Module):
    """Scores of texts: their length times a weight."""

    def __init__(self, weight):
        super().__init__()
        self.weight = tf.Variable(weight)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.string, name="texts")])
    def serve(self, texts):
        length = tf.strings.length(texts)
        score = tf.cast(length, tf.float32) * self.weight
        return {"length": length, "score": score, "text": texts, "text_bytes": texts}


class Lost(tf.Module):
    """Numbers of texts, from a table without a name."""

    def __init__(self):
        super().__init__()
        pairs = tf.lookup.KeyValueTensorInitializer(["ab"], [7])
        self.table = tf.lookup.StaticHashTable(pairs, 0, experimental_is_anonymous=True)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.string, name="texts")])
    def serve(self, texts):
        return {"number": self.table.lookup(texts)}


def write(archive, model):
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(model, f"{folder}/1", signatures={"serving_default": model.serve})
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(f"{folder}/1", arcname="1")


folder = Path(sys.argv[1])
write(folder / "one.tar.gz", Scorer(1.0))
write(folder / "tenth.tar.gz", Scorer(0.1))
write(folder / "lost.tar.gz", Lost())
