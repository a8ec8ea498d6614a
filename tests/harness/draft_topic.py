"""A topic that records what was published."""

from collections import defaultdict
from typing import Any


class Topic:
    """Records events. `told`: the event ids of a draft; `events`: each event's name and body.

    Raises AssertionError if an event is repeated with another body.
    """

    def __init__(self) -> None:
        self.told: defaultdict[str, list[str]] = defaultdict(list)
        self.events: dict[str, tuple[str, str]] = {}

    async def publish(self, **message: Any) -> None:
        named = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        event_id, event = named["eventId"], (named["eventType"], message["Message"])
        assert self.events.setdefault(event_id, event) == event
        self.told[message["MessageGroupId"]].append(event_id)
