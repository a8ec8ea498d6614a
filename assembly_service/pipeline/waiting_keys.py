"""Keys in trouble: their work items wait here, apart from all others, for a retry."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence

import structlog

from assembly_service.domain.product import ProductKey
from assembly_service.pipeline.work_item import Next, WorkItem
from assembly_service.runtime.metrics import Limit, QueueMetrics
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.runtime.tasks import wait_for_event

log = structlog.get_logger()

_SHARE_OF_ALL = 1 / 4
_SHARE_OF_A_SELLER = 1 / 10
"""Shares of the messages in flight that may wait for keys in trouble."""
_SELLERS_OF_AN_OUTAGE = 3


class ReceiveGate:
    """Closed during an outage: receiving would only use up receive counts."""

    def __init__(self, metrics: QueueMetrics) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self._paused = metrics.receiving_paused

    def set_open(self, is_open: bool) -> None:
        """Open or close the gate, and log a change."""
        if is_open == self.open.is_set():
            return
        self._paused.set(not is_open)
        if is_open:
            log.info("receiving_resumed")
            self.open.set()
        else:
            log.warning("receiving_paused", reason="an outage")
            self.open.clear()


class WaitingKeys:
    """Keeps the work items of keys in trouble between two attempts.

    Receiving continues, so what waits is bounded: a quarter of the messages in flight, and a tenth
    per seller. Receiving pauses in an outage: after a failure that names no item, or while at least
    three sellers are in trouble and are most of the `sellers_in_flight`. Everything may wait then.
    """

    def __init__(
        self,
        *,
        policy: RetryPolicy,
        gate: ReceiveGate,
        most_messages: int,
        sellers_in_flight: Callable[[], Collection[str]],
        metrics: QueueMetrics,
    ) -> None:
        self._policy = policy
        self._gate = gate
        self._most = int(most_messages * _SHARE_OF_ALL)
        self._most_of_a_seller = int(most_messages * _SHARE_OF_A_SELLER)
        self._sellers_in_flight = sellers_in_flight
        self._metrics = metrics
        self._items: dict[ProductKey, WorkItem] = {}
        self._retrying: set[WorkItem] = set()
        self._hidden_until: dict[str, float] = {}
        self._changed = asyncio.Event()

    @property
    def items(self) -> list[WorkItem]:
        """The items that wait for a retry."""
        return list(self._items.values())

    def holds(self, item: WorkItem) -> bool:
        """Return whether this very item waits."""
        return self._items.get(item.key) is item

    def in_trouble(self, seller_handle: str) -> bool:
        """Return whether messages of the seller may be waiting, here or hidden in their queue."""
        if any(item.key.seller_handle == seller_handle for item in self._all()):
            return True
        return self._hidden_until.get(seller_handle, 0.0) > time.monotonic()

    def has_room_for(self, item: WorkItem) -> bool:
        """Return whether an item may be tried, or may join the one that waits for its key.

        A seller at its limit is not tried until one of its waiting keys succeeds.
        """
        if not self._gate.open.is_set():
            return True
        waiting = self._messages_by_seller()
        of_seller = waiting[item.key.seller_handle]
        if not of_seller:
            return True
        if item.key in self._items:
            has_room = self._fits(item, waiting)
        else:
            has_room = of_seller + len(item.arrived) <= self._most_of_a_seller
        if not has_room:
            self._metrics.limits.reached(Limit.WAITING_MESSAGES)
            self._note_hidden(item)
        return has_room

    def join(self, item: WorkItem) -> bool:
        """Merge an item into the one that waits for its key; False if none does."""
        waiting = self._items.get(item.key)
        if waiting is None:
            return False
        waiting.join(item)
        self._update()
        return True

    def put(self, items: Sequence[WorkItem]) -> list[WorkItem]:
        """Keep items for a retry; return those to hand back.

        Their retry window is over, or too much waits already. Items that fail together are retried
        together, as one batch.
        """
        self._retrying -= set(items)
        fresh, now = self._policy.backoff(), asyncio.get_running_loop().time()
        for item in items:
            item.waits_out = item.next is Next.WAIT_OUT
            item.backoff = item.backoff or fresh
        pauses = {item.backoff: item.backoff.next_pause() for item in items if item.backoff}
        waiting, given_up = self._messages_by_seller(), []
        is_outage = self._is_outage(more=items)
        for item in items:
            pause = pauses[item.backoff] if item.backoff else None
            has_room = is_outage or self._fits(item, waiting)
            if pause is None or not has_room:
                given_up.append(item)
                if not has_room:
                    self._metrics.limits.reached(Limit.WAITING_MESSAGES)
                self._note_hidden(item)
                continue
            waiting[item.key.seller_handle] += _size(item)
            if not self.join(item):
                item.due_at = now + pause
                self._items[item.key] = item
        self._update()
        return given_up

    async def due(self) -> list[WorkItem]:
        """Wait for the next items that are due, and take them out until `done`."""
        while True:
            self._changed.clear()
            now = asyncio.get_running_loop().time()
            due = [item for item in self._items.values() if item.due_at <= now]
            if due:
                for item in due:
                    del self._items[item.key]
                self._retrying |= set(due)
                return due
            next_at = min((item.due_at for item in self._items.values()), default=None)
            if next_at is None:
                await self._changed.wait()
            else:
                await wait_for_event(self._changed, next_at - now)

    def done(self, items: Collection[WorkItem]) -> None:
        """End the attempt of items: those that were not put back are out of trouble."""
        self._retrying -= set(items)
        self._update()

    def _all(self) -> list[WorkItem]:
        return [*self._items.values(), *self._retrying]

    def _messages_by_seller(self) -> Counter[str]:
        """Count the messages that wait or are retried, except those that wait out an outage."""
        counted: Counter[str] = Counter()
        for item in self._all():
            if not item.waits_out:
                counted[item.key.seller_handle] += _size(item)
        return counted

    def _fits(self, item: WorkItem, waiting: Counter[str]) -> bool:
        messages = _size(item)
        of_seller = waiting[item.key.seller_handle]
        return (
            of_seller + messages <= self._most_of_a_seller
            and waiting.total() + messages <= self._most
        )

    def _is_outage(self, *, more: Sequence[WorkItem] = ()) -> bool:
        failing = [*self._all(), *more]
        if any(item.waits_out for item in failing):
            return True
        # Items of a clean-up have no messages, and say nothing about receiving.
        troubled = {item.key.seller_handle for item in failing if item.arrived}
        if len(troubled) < _SELLERS_OF_AN_OUTAGE:
            return False
        return 2 * len(troubled) > len(troubled | set(self._sellers_in_flight()))

    def _note_hidden(self, item: WorkItem) -> None:
        """Note that messages are handed back: the seller is in trouble until they return."""
        seller, now = item.key.seller_handle, time.monotonic()
        if self._hidden_until.get(seller, 0.0) <= now:
            log.warning("seller_in_trouble", seller_handle=seller)
            self._hidden_until = {s: end for s, end in self._hidden_until.items() if end > now}
        self._hidden_until[seller] = now + self._policy.longest_hand_back

    def _update(self) -> None:
        self._changed.set()
        self._metrics.waiting.set(len(self._all()))
        self._gate.set_open(not self._is_outage())


def _size(item: WorkItem) -> int:
    """Its number of messages; an item of a clean-up has none and counts as one."""
    return max(1, len(item.arrived))
