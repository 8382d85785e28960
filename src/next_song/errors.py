"""What a person can put right, said in one line."""

import click


class InputError(click.ClickException, ValueError):
    """Input, configuration or a query that cannot be used.

    The message names the file, column or parameter, what was found, what was expected and what
    to do. Being a click exception, it ends `kedro` and `next-song` with that one line and
    status 1; anywhere else it is a ValueError.
    """


class EndpointError(click.ClickException, RuntimeError):
    """AWS, or an endpoint, does not do what was asked; the message says why and what to do."""


class DisagreementError(click.ClickException, RuntimeError):
    """The exported model does not answer as the model that was tested."""
