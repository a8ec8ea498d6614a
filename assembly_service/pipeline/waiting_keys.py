"""Keys in trouble: their work items wait here, apart from all others, until the next try."""

import asyncio
from collections.abc import Sequence

from assembly_service.domain.product import ProductKey
from assembly_service.pipeline.work_item import WorkItem
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.runtime.tasks import wait_for_event


class ReceiveGate:
    """Whether anything new is received: during an outage that would only burn receive counts."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    def set_open(self, is_open: bool) -> None:
        """Open or close it."""
        if is_open:
            self.open.set()
        else:
            self.open.clear()


class WaitingKeys:
    """Keeps the work item of every key in trouble, with what it owes, between two tries."""

    def __init__(self, *, policy: RetryPolicy, gate: ReceiveGate) -> None:
        self._policy = policy
        self._gate = gate
        self._items: dict[ProductKey, WorkItem] = {}
        self._retrying: set[WorkItem] = set()
        self._changed = asyncio.Event()

    @property
    def items(self) -> list[WorkItem]:
        """The items that wait for their next try."""
        return list(self._items.values())

    def holds(self, item: WorkItem) -> bool:
        """Whether this very item waits."""
        return self._items.get(item.key) is item

    def join(self, item: WorkItem) -> bool:
        """Add what is in hand for a key to the item that waits for it; False if none does."""
        waiting = self._items.get(item.key)
        if waiting is None:
            return False
        waiting.join(item)
        return True

    def put(self, items: Sequence[WorkItem]) -> list[WorkItem]:
        """Keep items for another try; returns those whose retry window is over.

        Items that fail together are tried together: one batch of calls, not one for each.
        """
        self._retrying -= set(items)
        fresh, now = self._policy.backoff(), asyncio.get_running_loop().time()
        for item in items:
            item.backoff = item.backoff or fresh
        pauses = {item.backoff: item.backoff.next_pause() for item in items if item.backoff}
        given_up = []
        for item in items:
            pause = pauses[item.backoff] if item.backoff else None
            if pause is None:
                given_up.append(item)
            elif not self.join(item):
                item.due_at = now + pause
                self._items[item.key] = item
        self._update()
        return given_up

    async def due(self) -> list[WorkItem]:
        """Wait for the next items that are due, and take them out; `done` ends their try."""
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

    def done(self, items: Sequence[WorkItem]) -> None:
        """The try of items is over: those that were not put here again are out of trouble."""
        self._retrying -= set(items)
        self._update()

    def _update(self) -> None:
        self._changed.set()
        self._gate.set_open(not self._items and not self._retrying)
