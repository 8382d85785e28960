"""Asking an endpoint whose model was exported before there were rules and explanations."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from next_song.datasets.model_archive import ModelArchiveDataset
from next_song.errors import EndpointError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.deploy import deploy_archive
from next_song.serving.endpoint.removal import delete
from next_song.serving.predictor import open_predictor
from next_song.serving.wishes import Wishes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def earlier(
    aws: Mapping[str, str], settings: Deployment, small: Callable[[int], ModelArchive]
) -> Iterator[ModelArchive]:
    """The archive of the endpoint `earlier`, which has the signature serving_default alone."""
    archive = small(9)
    path = archive.model / "saved_model.pb"
    saved = SavedModel.FromString(path.read_bytes())
    for signature in ("recommend", "explain"):
        del saved.meta_graphs[0].signature_def[signature]
    path.write_bytes(saved.SerializeToString(deterministic=True))
    url = f"s3://{aws['LOCALAWS_BUCKET']}/run-9/06_models/model.tar.gz"
    dataset = ModelArchiveDataset(filepath=url)
    dataset.save(archive)
    loaded = dataset.load()
    deploy_archive(loaded, settings.model_copy(update={"endpoint": "earlier"}))
    yield loaded
    delete("earlier")


def test_explanations_and_artists_are_left_out(earlier: ModelArchive) -> None:
    ask = open_predictor(earlier, "earlier")
    explained = ask(["song 1"], Wishes(explain=True))
    assert explained == ask(["song 1"])
    assert explained.why == ()
    assert explained.known
    assert ask(["no artist - no title"]) == ask([])


def test_rules_are_refused_in_a_line(earlier: ModelArchive) -> None:
    ask = open_predictor(earlier, "earlier")
    with pytest.raises(EndpointError, match=r"earlier: found a model without rules .* recommend"):
        ask(["song 1"], Wishes(exclude=("song 2",)))
