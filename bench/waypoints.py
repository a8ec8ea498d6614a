"""Where the halves of a video were at what time, seen from outside the measured program."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from bench.front import Exchange

# A message carries its event as text, with quotes of its own; a call on a table names a key.
_IN_MESSAGE = re.compile(rb'\\"video_id\\": ?\\"(\d+)\\"')
_IN_KEY = re.compile(rb'"S": ?"(\d{19})"')


@dataclass(kw_only=True)
class Waypoints:
    """Monotonic times by video id; those of a video's second half stay."""

    published: dict[str, float] = field(default_factory=dict)
    handed_out: dict[str, float] = field(default_factory=dict)
    _calls: dict[str, list[Exchange]] = field(default_factory=lambda: defaultdict(list))

    def note(self, exchange: Exchange) -> None:
        """Take note of the messages that a receive brings, or of the keys that a call names."""
        if exchange.operation == "ReceiveMessage":
            for found in _IN_MESSAGE.findall(exchange.answer):
                self.handed_out[found.decode()] = exchange.answered
            return
        for found in set(_IN_KEY.findall(exchange.request)):
            self._calls[found.decode()].append(exchange)

    def handling(self, video_id: str, *, until: float) -> float:
        """Seconds since the second half was handed out, without those of calls on the way."""
        since = self.handed_out[video_id]
        calls = [
            call.answered - call.asked
            for call in self._calls[video_id]
            if since <= call.asked and call.answered <= until
        ]
        return until - since - sum(calls)
