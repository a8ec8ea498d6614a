"""Shared by state machines on a stage: their own loop, quiet logs, a check at the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from structlog.testing import capture_logs

from tests.harness.quiet_loop import QuietLoop

Result = TypeVar("Result")


class SteppedMachine(RuleBasedStateMachine):
    """Runs rules step by step; `finish` ends and checks what they began. `logs`: the log."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=lambda: QuietLoop(skips_waits=True))
        self.capture = capture_logs()
        self.logs = self.capture.__enter__()

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    async def finish(self) -> None:
        raise NotImplementedError

    def teardown(self) -> None:
        try:
            self.do(self.finish())
        finally:
            self.capture.__exit__(None, None, None)
            self.runner.close()


def play_rules(machine: type[SteppedMachine], *, examples: int, steps: int, every: int) -> None:
    """Play a machine: in a whole run the same every time, else fewer and other examples."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples // every,
            stateful_step_count=steps,
            derandomize=every == 1,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
