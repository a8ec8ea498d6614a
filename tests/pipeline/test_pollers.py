"""The worst poller of a worker decides."""

import asyncio
import math
from itertools import count
from typing import Any

from structlog.testing import capture_logs

from tests.harness.hooks import after_call, before_call
from tests.harness.one_batch import handle_together
from tests.harness.pipeline import Pipeline, eventually
from tests.pipeline.support import A_CAPTION, CAPTION, THUMBNAIL, orphans


async def test_while_one_poller_has_no_answer_its_queue_is_late_and_clean_up_waits(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await handle_together(pipeline, caption=1)
    [waiting] = await pipeline.staged()
    pipeline.clock = lambda: waiting.expires_at + 1
    pipeline.settings = pipeline.settings.model_copy(update={"cleanup_interval_seconds": 0.05})
    receive, calls, held = pipeline.clients.sqs_receive, count(), asyncio.Event()
    answered: set[asyncio.Task[Any] | None] = set()
    after_call(receive, "receive_message", lambda _: answered.add(asyncio.current_task()))
    before_call(receive, "receive_message", lambda: None if next(calls) else held.wait())

    async def all_but_one_answered() -> bool:
        return len(answered) == 3

    async def clean_up_was_due() -> bool:
        return any(line["event"] == "cleanup_postponed" for line in logs) or await named()

    async def named() -> bool:
        return orphans(pipeline, THUMBNAIL) == 1

    async with pipeline.working() as worker:
        await eventually(all_but_one_answered)
        seconds = worker.seconds_since_last_receive()
        assert math.isinf(seconds[CAPTION])
        assert math.isfinite(seconds[THUMBNAIL])
        with capture_logs() as logs:
            await eventually(clean_up_was_due)
        assert not await named()
        held.set()
        await eventually(named)
        assert math.isfinite(worker.seconds_since_last_receive()[CAPTION])
