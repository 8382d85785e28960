"""Resources of a template that the stand-in leaves out without a warning."""

from __future__ import annotations

import warnings

from moto.cloudformation import parsing

LEFT_OUT = ("AWS::Budgets::Budget", "AWS::S3::BucketPolicy")
"""Types that moto does not create, and that change nothing here: the README says so."""


def install() -> None:
    """Makes moto's CloudFormation, in this process, pass over LEFT_OUT silently."""
    parsing.NULL_MODELS.extend(LEFT_OUT)
    for name in LEFT_OUT:
        warnings.filterwarnings("ignore", f"Tried to parse {name} ", UserWarning)
