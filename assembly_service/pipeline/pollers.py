"""All pollers of a worker, several for each queue, and how they fare."""

import asyncio
from collections.abc import Callable
from functools import partial

from assembly_service.aws.queues import Message
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.poller import Poller
from assembly_service.pipeline.stalls import StallWatch
from assembly_service.pipeline.trouble import Trouble

_POLLERS_PER_QUEUE = 2


class Pollers:
    """The pollers, and `stalls`, which watches them."""

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        custody: Custody,
        trouble: Trouble,
        deliver: Callable[[Message], None],
    ) -> None:
        metrics = collaborators.metrics.queues
        self._pollers = [
            Poller(
                queue=queue,
                custody=custody,
                trouble=trouble,
                deliver=deliver,
                clock=collaborators.clock,
                metrics=metrics,
                stop=collaborators.stop,
            )
            for queue in collaborators.queues.values()
            for _ in range(_POLLERS_PER_QUEUE)
        ]
        self.stalls = StallWatch(pollers=self._pollers)
        for kind in collaborators.queues:
            metrics.since_last_receive.labels(kind.value).set_function(
                partial(self._seconds_since_last_receive, kind)
            )

    @property
    def caught_up(self) -> bool:
        """Whether all of them have, as each says of itself."""
        return all(poller.caught_up for poller in self._pollers)

    def seconds_since_last_receive(self) -> dict[HalfKind, float]:
        """For every queue, how long ago SQS last answered the poller that waits longest.

        Infinite until it has answered each of them once.
        """
        kinds = {poller.queue.kind for poller in self._pollers}
        return {kind: self._seconds_since_last_receive(kind) for kind in sorted(kinds)}

    def start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """A task for each, which ends with the stop."""
        return [
            tasks.create_task(poller.run(), name=f"poll-{poller.queue.name}-{number}")
            for number, poller in enumerate(self._pollers)
        ]

    def _seconds_since_last_receive(self, kind: HalfKind) -> float:
        # The longest, so that one stalled poller does not hide behind the others.
        return max(
            poller.seconds_since_last_receive
            for poller in self._pollers
            if poller.queue.kind is kind
        )
