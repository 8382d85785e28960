"""Writes the archives of two tiny models, one.tar.gz and tenth.tar.gz, to a folder."""

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


def write(archive, weight):
    model = Scorer(weight)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(model, f"{folder}/1", signatures={"serving_default": model.serve})
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(f"{folder}/1", arcname="1")


write(Path(sys.argv[1]) / "one.tar.gz", 1.0)
write(Path(sys.argv[1]) / "tenth.tar.gz", 0.1)
