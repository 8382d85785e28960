"""Errors that end a command with one line."""

import click

from next_song.characters import plain_lines

AWS = ("boto3", "botocore", "s3fs", "sagemaker")  # modules of the extra of that name


class _Told(click.ClickException):
    """An error whose message a terminal may show, whatever names of files and songs are in it."""

    def format_message(self) -> str:
        return plain_lines(self.message)


class InputError(_Told, ValueError):
    """An error of input, configuration or a query, shown as one line.

    The message names the file, column or parameter, what was found, what was expected and what
    to do. Being a click exception, it ends `kedro` and `next-song` with that one line and
    status 1; anywhere else it is a ValueError.
    """


def without_aws(error: BaseException) -> InputError | None:
    """Returns what to say where an import failed for want of the extra `aws`; else None."""
    if isinstance(error, ModuleNotFoundError) and error.name in AWS:
        return without_extra("aws", error.name)
    return None


def without_extra(name: str, called: str) -> InputError:
    """Returns the error of an extra of the project that is not installed.

    called: what was to be imported from it.
    """
    return InputError(
        f"{name}: found no {called}; expected the extra `{name}`: pip install 'next-song[{name}]'"
    )


class EndpointError(_Told, RuntimeError):
    """AWS or an endpoint failed; the message says why and what to do."""


class DisagreementError(_Told, RuntimeError):
    """The exported model does not reproduce the metrics of the model that was tested."""
