"""Every gap of moto that localaws closes: closed in the stand-in, open in stock moto.

When a test of stock moto fails, moto has closed the gap and localaws need not any more.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import gaps_batch
import gaps_sagemaker
import gaps_step_functions
import pytest
from botocore.exceptions import ClientError
from moto.batch.models import BatchBackend
from stand_in_support import OUTSIDE, Cloud

pytestmark = pytest.mark.slow

GAPS = gaps_batch.CHECKS + gaps_sagemaker.CHECKS + gaps_step_functions.CHECKS


@pytest.mark.parametrize("gap", GAPS)
def test_closed_in_the_stand_in(gap: Callable[[Cloud], None], stand_in):
    gap(stand_in)


@pytest.mark.parametrize("gap", GAPS)
def test_open_in_stock_moto(gap: Callable[[Cloud], None], stock):
    with pytest.raises((AssertionError, ClientError, KeyError, pytest.fail.Exception)):
        gap(stock)


PARSER = "import moto.stepfunctions.parser.asl.antlr.runtime.ASLLexer"


@pytest.mark.parametrize(
    ("prepare", "status"), [("", 1), ("from localaws import antlr; antlr.install(); ", 0)]
)
def test_moto_cannot_read_state_machines_beside_kedro(prepare, status):
    """The gap that ``localaws.antlr`` closes; open while OmegaConf pins ANTLR 4.9."""
    program = [sys.executable, "-c", prepare + PARSER]
    assert subprocess.run(program, env=OUTSIDE, capture_output=True).returncode == status


def test_moto_does_not_execute_unless_told():
    """The gap that ``localaws.step_functions.install`` closes."""
    from moto.core.config import default_user_config

    assert default_user_config["stepfunctions"] == {"execute_state_machine": False}


def test_moto_iterates_over_what_other_requests_change():
    """The gap that ``localaws.lock.OneAtATime`` closes, without a race to lose."""
    backend = BatchBackend("us-east-1", "123456789012")

    class Job:
        arn = "arn"

        def describe(self) -> dict[str, Any]:
            backend._jobs["another"] = self  # as a SubmitJob in another thread does
            return {}

    backend._jobs["first"] = Job()
    with pytest.raises(RuntimeError, match="changed size during iteration"):
        backend.describe_jobs(["first"])
