"""Songs that follow each of many playlists, on several machines: one shard of them on each.

    python flows/recommend_flow.py run --model ARCHIVE --playlists PLAYLISTS --shards 8
    python flows/recommend_flow.py run --with batch --model s3://... --playlists s3://... --shards 8

Each shard writes one file, with the bytes that `next-song batch --shard I/N` writes.
"""

from machines import machines, on_machines
from metaflow import FlowSpec, JSONType, Parameter, current, step
from project import PROJECT, StepError, again, in_a_line, runs_folder, shipped


@on_machines
@shipped
class RecommendFlow(FlowSpec):
    """From playlists and an archive to recommendations."""

    machines = machines()
    model = Parameter("model", required=True, help="The archive: a path or an s3:// address")
    playlists = Parameter("playlists", required=True, help="A path, a pattern or an address")
    shards = Parameter(
        "shards",
        default=1,
        type=int,
        help="Parts that are answered side by side; above 100, also give --max-num-splits",
    )
    env = Parameter("env", default="aws", help="Kedro environment")
    overrides = Parameter(
        "overrides", default="{}", type=JSONType, help="Kedro's runtime parameters"
    )
    runs = Parameter("runs", default=runs_folder, help="Folder or s3:// address for runs' data")

    def kedro(self, node: str, **params: object) -> None:
        """Run a node of the pipeline `recommendation`."""
        from next_song.runs import run_pipeline

        where = {"input": self.playlists, "model": self.model, "data_root": self.data_root}
        given = {**self.overrides, **where}
        given.pop("histories", None)
        asked = given.get("recommendation", {}) | params.pop("recommendation", {})
        given |= params | {"recommendation": asked}
        nodes = (f"recommendation.{node}",)
        with in_a_line():
            run_pipeline(PROJECT, "recommendation", env=self.env, params=given, nodes=nodes)

    def version(self) -> str:
        """Return the SHA-256 of the archive, as it is now."""
        from next_song.guards.records import archive_version

        # as Kedro reads it: relative to the project
        address = self.model if "://" in self.model else str(PROJECT / self.model)
        with in_a_line():
            found = archive_version(address, "model")
        if not found:
            raise StepError(
                f"model: found no file {address}; expected the model.tar.gz of a run, or its "
                "s3:// address: correct it"
            )
        return found

    @step
    def start(self):
        """Choose the place of this run's data."""
        if self.shards < 1:
            raise StepError(f"--shards: found {self.shards}; expected at least 1")
        self.data_root = f"{self.runs}/{current.run_id}"
        self.next(self.histories)

    @again
    @step
    def histories(self):
        """Read the playlists, once for all shards, and keep which model is asked."""
        self.model_version = self.version()
        self.kedro("prepare_histories")
        self.numbers = list(range(1, self.shards + 1))
        self.next(self.answers, foreach="numbers")

    @again
    @step
    def answers(self):
        """Answer one shard of the playlists."""
        if self.version() != self.model_version:
            raise StepError(
                f"model: found another archive at {self.model} than when the run began; expected "
                "the same for all shards: begin a new run"
            )
        name = f"{self.input:05d}-of-{self.shards:05d}.parquet"
        self.output = f"{self.data_root}/07_model_output/{name}"
        self.kedro(
            "answer_histories",
            output=self.output,
            recommendation={"shard": f"{self.input}/{self.shards}"},
            histories=f"{self.data_root}/02_intermediate/histories.parquet",
            data_root=f"{self.data_root}/shards/{self.input}",  # shards answer side by side
        )
        self.next(self.join)

    @step
    def join(self, inputs):
        """Gather where the answers are."""
        self.merge_artifacts(inputs, include=["data_root"])
        self.outputs = [one.output for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        """`outputs` has the address of each shard's answers."""


if __name__ == "__main__":
    RecommendFlow()
