"""Records when the halves of a video passed by, as seen from outside the measured program."""

import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.front import Answer, PassOn

# A message carries its event as text, with escaped quotes; a call on a table names a key.
_IN_MESSAGE = re.compile(rb'\\"video_id\\": ?\\"(\d+)\\"')
_IN_KEY = re.compile(rb'"S": ?"(\d{19})"')


class _Call(NamedTuple):
    asked: float
    answered: float


@dataclass(kw_only=True)
class Waypoints:
    """Monotonic times by video id; a video's second half overwrites its first."""

    published: dict[str, float] = field(default_factory=dict)
    handed_out: dict[str, float] = field(default_factory=dict)
    _calls: dict[str, list[_Call]] = field(default_factory=lambda: defaultdict(list))

    async def watch(self, operation: str, request: bytes, pass_on: PassOn) -> Answer:
        """Note the messages that a receive returns, or the keys that a call names."""
        asked = time.monotonic()
        answer = await pass_on()
        answered = time.monotonic()
        if operation == "ReceiveMessage":
            for found in _IN_MESSAGE.findall(answer.body):
                self.handed_out[found.decode()] = answered
        else:
            for found in set(_IN_KEY.findall(request)):
                self._calls[found.decode()].append(_Call(asked, answered))
        return answer

    def handling(self, video_id: str, *, until: float) -> float:
        """Seconds from handing out the second half until then, without those of AWS calls."""
        since = self.handed_out[video_id]
        calls = [
            call.answered - call.asked
            for call in self._calls[video_id]
            if since <= call.asked and call.answered <= until
        ]
        return until - since - sum(calls)
