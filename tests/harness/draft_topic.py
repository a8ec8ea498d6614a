"""A topic that remembers what was published on it."""

from collections import defaultdict
from typing import Any


class Topic:
    """Takes what is published. `told`: the ids of a draft's events, as they came; `events`: each
    event's name and body.

    Raises AssertionError if an event is told anew with another body.
    """

    def __init__(self) -> None:
        self.told: defaultdict[str, list[str]] = defaultdict(list)
        self.events: dict[str, tuple[str, str]] = {}

    async def publish(self, **message: Any) -> None:
        named = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        event_id, event = named["eventId"], (named["eventType"], message["Message"])
        assert self.events.setdefault(event_id, event) == event
        self.told[message["MessageGroupId"]].append(event_id)
