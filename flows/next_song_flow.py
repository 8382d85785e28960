"""next-song in production: each step runs the Kedro pipeline of its name.

    python flows/next_song_flow.py run                      # here
    python flows/next_song_flow.py run --with batch         # on AWS Batch
    python flows/next_song_flow.py step-functions create    # on AWS Step Functions

What a run makes lies under a place of its own, so that no job needs anything of another's
disk. Parameters, grid and catalog are Kedro's.
"""

import os
from typing import Any

import cards
from machines import machines, on_machines
from metaflow import FlowSpec, JSONType, Parameter, card, current, step
from project import PROJECT, StepError, again, in_a_line, runs_folder, shipped


@on_machines
@shipped
class NextSongFlow(FlowSpec):
    """From raw playlists to an endpoint."""

    machines = machines()
    env = Parameter("env", default="aws", help="Kedro environment")
    overrides = Parameter(
        "overrides", default="{}", type=JSONType, help="Kedro's runtime parameters"
    )
    deploy = Parameter("deploy", default=False, type=bool, help="Deploy to SageMaker")
    endpoint = Parameter("endpoint", default="", help="Endpoint to deploy to, if not conf's")
    role = Parameter(
        "role", default="", help="ARN of the role that SageMaker runs the model with, if not conf's"
    )
    default_role = Parameter(
        "default_role",
        default=os.environ.get("SAGEMAKER_ROLE", ""),  # a job does not have this environment
        help="ARN of that role if conf has none",
    )
    runs = Parameter("runs", default=runs_folder, help="Folder or s3:// address for runs' data")

    def kedro(self, pipeline: str, *keep: str, namespace: str | None = None) -> dict[str, Any]:
        """Run the Kedro pipeline, and load the data sets to keep."""
        from next_song.runs import run_pipeline

        with in_a_line():
            return run_pipeline(
                PROJECT,
                pipeline,
                env=self.env,
                params=self.params(),
                keep=keep,
                namespace=namespace,
            )

    def params(self) -> dict[str, Any]:
        """Kedro's runtime parameters; the role that has no parameter goes to the environment."""
        params = {**self.overrides, "data_root": self.data_root}
        given = {"endpoint": self.endpoint, "role": self.role}
        chosen = {name: value for name, value in given.items() if value}
        if isinstance(deployment := params.get("deployment", {}), dict):
            if twice := sorted(chosen.keys() & deployment.keys()):
                raise StepError(
                    f"--{twice[0]}: found it, and deployment.{twice[0]} in --overrides; expected "
                    "one of them: leave one out"
                )
            params["deployment"] = chosen | deployment
        if self.default_role and not os.environ.get("SAGEMAKER_ROLE"):
            os.environ["SAGEMAKER_ROLE"] = self.default_role
        return params

    def check(self) -> None:
        """Raise StepError for parameters with which a later step would fail, after the training."""
        from next_song.parameters import Deployment
        from next_song.runs import parameters

        with in_a_line():
            found = parameters(PROJECT, env=self.env, params=self.params())
            if self.deploy:
                from next_song.serving.endpoint.deploy import check_settings

                check_settings(self.data_root, Deployment.model_validate(found["deployment"]))

    @step
    def start(self):
        """Choose the place of this run's data, and check the parameters."""
        self.data_root = f"{self.runs}/{current.run_id}"
        self.check()
        self.next(self.data_engineering)

    @again
    @card(type="blank")
    @step
    def data_engineering(self):
        """Number the songs and split the playlists."""
        from next_song.runs import candidates

        self.data_report = self.kedro("data_engineering", "data_report")["data_report"]
        self.candidates = candidates(PROJECT)
        cards.show(self, cards.data_engineering(self.data_report))
        self.next(self.modeling, foreach="candidates")

    @again
    @step
    def modeling(self):
        """Train and score one candidate."""
        self.candidate, made = self.input, f"{self.input}_candidate"
        candidate = self.kedro("modeling", made, namespace=f"modeling.{self.input}")[made]
        self.scorecard = candidate.scorecard
        self.next(self.selection)

    @again
    @card(type="blank")
    @step
    def selection(self, inputs):
        """Choose the champion, train it anew with validation, and test it."""
        self.merge_artifacts(inputs, include=["data_root", "data_report", "candidates"])
        self.scorecards = {one.candidate: one.scorecard for one in inputs}
        made = self.kedro("selection", "leaderboard", "champion", "test_scorecard")
        self.leaderboard, self.champion = made["leaderboard"], made["champion"]
        self.test_scorecard = made["test_scorecard"]
        cards.show(self, cards.selection(self.champion, self.leaderboard, self.test_scorecard))
        self.next(self.export)

    @again
    @card(type="blank")
    @step
    def export(self):
        """Write the model archive, tested as it is shipped."""
        self.export_report = self.kedro("export", "export_report")["export_report"]
        self.model_archive = f"{self.data_root}/06_models/model.tar.gz"
        shown = cards.export(self.export_report, self.test_scorecard, self.model_archive)
        cards.show(self, shown)
        self.next(self.deployment)

    @again
    @card(type="blank")
    @step
    def deployment(self):
        """Let an endpoint answer with the archive, if asked to; safe to repeat."""
        self.deployed = self.kedro("deployment", "endpoint")["endpoint"] if self.deploy else None
        cards.show(self, cards.deployment(self.deployed))
        self.next(self.end)

    @step
    def end(self):
        """Everything that people ask of a run is an artifact by now."""


if __name__ == "__main__":
    NextSongFlow()
