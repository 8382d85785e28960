"""Endpoints on SageMaker: `deploy`, `rollback`, `endpoints` and `delete`."""

from typing import Any

import click

from next_song.characters import plain
from next_song.cli import texts
from next_song.cli.options import PARAMS, run_quietly, table_format

PLANNING = ("check_baselines", "compare_with_production", "check_gate", "plan")


@click.command()
@click.argument("archive", required=False)
@click.option("--name", help="Name of the endpoint; the default is deployment.endpoint in conf/.")
@click.option("--env", default="aws", show_default=True, help="Kedro environment.")
@PARAMS
@click.option("--dry-run", is_flag=True, help="Only print what would be created, and its cost.")
def deploy(
    archive: str | None, name: str | None, env: str, params: dict[str, Any], dry_run: bool
) -> None:
    """Deploy ARCHIVE, s3://.../06_models/model.tar.gz, to a SageMaker endpoint.

    Creates the endpoint, or updates it in place. As with `kedro run --pipelines deployment`, a
    model that is not better than the baselines, or worse than the one in production, is refused.
    --params are those of the run that made the archive, if it had some.
    """
    from next_song.errors import InputError

    root = (archive or "").removesuffix("/06_models/model.tar.gz")
    if not archive or root == archive:
        raise InputError(
            f"ARCHIVE: found {archive!r}; expected s3://BUCKET/PREFIX/06_models/model.tar.gz, as a "
            "run with that data_root wrote it"
        )
    params |= {"data_root": root}
    if name:
        given = params.get("deployment", {})
        if not isinstance(given, dict):
            raise InputError(
                f"--params deployment: found {given!r}; expected one of its parameters, such as "
                "deployment.instance_count=2"
            )
        params["deployment"] = given | {"endpoint": name}
    what = "planned" if dry_run else "endpoint"
    nodes = tuple(f"deployment.{node}" for node in PLANNING) if dry_run else ()
    made = run_quietly("deployment", (what,), env=env, params=params, nodes=nodes)
    texts.echo_json(made[what])


@click.command()
@click.argument("name")
def rollback(name: str) -> None:
    """Let endpoint NAME serve the version before; a second time returns to the later one."""
    from next_song.serving.endpoint.rollback import roll_back

    texts.echo_json(roll_back(name))


@click.command()
@click.option(
    "--prefix",
    default="next-song",
    show_default=True,
    help="List names that begin so; '' lists all names.",
)
@table_format
def endpoints(form: str | None, prefix: str) -> None:
    """List the endpoints of this project with status, age, instance, run and cost, and orphans."""
    from next_song.serving.endpoint import inventory

    found = inventory.endpoints(prefix)
    if form == "json":
        texts.echo_json(found)
        return
    if form == "csv":
        columns = list(dict.fromkeys(key for endpoint in found for key in endpoint))
        texts.echo_csv(columns, [[one.get(key) for key in columns] for one in found])
        return
    for endpoint in found:
        words = (f"{key}={value}" for key, value in endpoint.items() if value is not None)
        click.echo(plain("  ".join(words)))
    if not found:
        named = f" whose name begins with {prefix}" if prefix else ""
        click.echo(f"No endpoint, configuration or model of next-song{named}.", err=True)


@click.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete endpoint NAME with its configurations, models, alarms and autoscaling.

    Waits for an update that is under way.
    """
    from next_song.serving.endpoint import removal

    for what in removal.delete(name):
        click.echo(f"deleted {what}")
