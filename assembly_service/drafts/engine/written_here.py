"""Which drafts have events that this instance wrote, and which of these it need not read."""

from assembly_service.drafts.engine.events import StoredEvent

MOST_WRITTEN = 10_000


class WrittenHere:
    """Remembers what was written until it is published.

    `drafts` are the references of those with events to publish. If all changes of a draft were made
    here, one after another since its creation, then its events that remain in the outbox are those
    remembered here. The events of every other draft have to be read.
    """

    def __init__(self) -> None:
        self.drafts: set[str] = set()
        self._events: dict[str, list[StoredEvent]] = {}
        self._versions: dict[str, int] = {}

    def add(self, reference: str, event: StoredEvent | None = None, *, version: int = 0) -> None:
        """Note that an event was written: this one, if it came with this version of the draft."""
        # In a long outage the sweep finds the rest.
        if len(self.drafts) < MOST_WRITTEN:
            self.drafts.add(reference)
        known = self._versions.pop(reference, 0)
        if event is None or version != known + 1:
            self.forget(reference)
            return
        self._versions[reference] = version
        self._events.setdefault(reference, []).append(event)
        if len(self._versions) > MOST_WRITTEN:
            self.forget(next(iter(self._versions)))

    def take(self, reference: str) -> list[StoredEvent]:
        """Remove a draft and return its events; none if they have to be read."""
        self.drafts.discard(reference)
        return self._events.pop(reference, [])

    def forget(self, reference: str) -> None:
        """Have the events of a draft read from now on."""
        self._versions.pop(reference, None)
        self._events.pop(reference, None)
