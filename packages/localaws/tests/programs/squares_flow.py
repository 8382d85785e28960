"""The smallest flow with a foreach; it needs Metaflow and nothing else."""

import os
import signal
import sys

from metaflow import S3, FlowSpec, Parameter, current, step


class SquaresFlow(FlowSpec):
    """The sum of the squares of 1 and 2.

    With ``--kill yes`` the job of 2 is killed, once, as when its computer is taken away.
    """

    kill = Parameter("kill", default="no")

    @step
    def start(self):
        self.numbers = [1, 2]
        self.next(self.square, foreach="numbers")

    @step
    def square(self):
        first = current.retry_count == 0 and not current.origin_run_id
        if self.kill == "yes" and self.input == 2 and first:
            os.killpg(0, signal.SIGKILL)
        self.result = self.input**2
        self.path = sys.path
        self.next(self.total)

    @step
    def total(self, inputs):
        self.result = sum(task.result for task in inputs)
        with S3(run=self) as s3:
            s3.put("total", str(self.result))
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    SquaresFlow()
