"""The champion as an archive, and the archive's own test."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.export import nodes


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline."""
    return Pipeline(
        [
            Node(
                nodes.export_model,
                [
                    "champion_vectors",
                    "refit_song_pairs",
                    "champion",
                    "refit_playlists",
                    "refit_songs",
                    "test_scorecard",
                    "params:export",
                    "params:protocol",
                ],
                "exported_model",
                name="export_model",
            ),
            Node(
                nodes.verify_model,
                [
                    "exported_model",
                    "refit_playlists",
                    "refit_songs",
                    "test_scorecard",
                    "params:export",
                    "params:protocol",
                ],
                ["model_archive", "export_report"],
                name="verify_model",
            ),
        ],
        namespace="export",
        prefix_datasets_with_namespace=False,
    )
