"""deployment: the archive to a SageMaker endpoint, if the champion is better than the baselines."""

from next_song.pipelines.deployment.pipeline import create_pipeline

__all__ = ["create_pipeline"]
