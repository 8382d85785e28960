"""Endpoints on SageMaker: `deploy`, `endpoints` and `delete`."""

from pathlib import Path
from typing import Any

import click

from next_song.cli import texts
from next_song.cli.options import table_format


@click.command()
@click.argument("archive", required=False)
@click.option("--name", help="Name of the endpoint; the default is deployment.endpoint in conf/.")
@click.option("--env", default="aws", show_default=True, help="Kedro environment.")
def deploy(archive: str | None, name: str | None, env: str) -> None:
    """Deploy ARCHIVE, s3://.../06_models/model.tar.gz, to a SageMaker endpoint.

    Creates the endpoint, or updates it in place. As with `kedro run --pipelines deployment`, a
    model that is not better than the baselines is refused.
    """
    from next_song.errors import InputError
    from next_song.runs import run_pipeline

    root = (archive or "").removesuffix("/06_models/model.tar.gz")
    if not archive or root == archive:
        raise InputError(
            f"ARCHIVE: found {archive!r}; expected s3://BUCKET/PREFIX/06_models/model.tar.gz, as a "
            "run with that data_root wrote it"
        )
    params: dict[str, Any] = {"data_root": root}
    if name:
        params["deployment"] = {"endpoint": name}
    made = run_pipeline(Path.cwd(), "deployment", env=env, params=params, keep=("endpoint",))
    texts.echo_json(made["endpoint"])


@click.command()
@table_format
def endpoints(form: str | None) -> None:
    """List the endpoints of this project with status, age, instance, run and cost, and orphans."""
    from next_song.serving.endpoint import inventory

    found = inventory.endpoints()
    if form == "json":
        texts.echo_json(found)
        return
    if form == "csv":
        columns = list(dict.fromkeys(key for endpoint in found for key in endpoint))
        texts.echo_csv(columns, [[one.get(key) for key in columns] for one in found])
        return
    for endpoint in found:
        words = (f"{key}={value}" for key, value in endpoint.items() if value is not None)
        click.echo(texts.plain("  ".join(words)))
    if not found:
        click.echo("No endpoint, configuration or model of next-song.", err=True)


@click.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete endpoint NAME with its configurations and its models."""
    from next_song.serving.endpoint import inventory

    for what in inventory.delete(name):
        click.echo(f"deleted {what}")
