"""What holds up the event loop shows at `/metrics`."""

import asyncio
import time

from assembly_service.runtime.loop_lag import watch_loop_lag
from assembly_service.runtime.metrics import Metrics


async def test_a_piece_of_work_that_does_not_yield_is_seen_at_its_length() -> None:
    metrics, stop = Metrics(), asyncio.Event()

    def seen(name: str, **labels: str) -> float:
        series = f"assembly_event_loop_lag_seconds_{name}"
        return metrics.registry.get_sample_value(series, labels) or 0

    watching = asyncio.ensure_future(watch_loop_lag(metrics.process.event_loop_lag, stop))
    await asyncio.sleep(0)
    time.sleep(0.3)  # noqa: ASYNC251 - what the metric is for
    stop.set()
    await watching
    # All that would have begun meanwhile waited: the first for the whole stall, the last briefly.
    everything = seen("bucket", le="+Inf")
    assert everything >= 14
    assert 0 < seen("bucket", le="0.2") < everything
    assert seen("sum") / everything > 0.1
