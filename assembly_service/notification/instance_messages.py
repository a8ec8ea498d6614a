"""The messages in which instances describe themselves: written and signed, read and checked.

They have a channel of their own, to which no release without them listens.
"""

from dataclasses import asdict
from typing import Annotated, NamedTuple

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from assembly_service.domain.events import Milliseconds
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.bus_envelope import Envelope
from assembly_service.notification.bus_refusals import MessageRefused, RefusalReason
from assembly_service.notification.instances import Instance, Role
from assembly_service.runtime.clock import Clock

_LARGEST_MESSAGE_BYTES = 4_096
_MOST_CONNECTIONS = 1_000_000_000


@with_config(ConfigDict(strict=True, extra="ignore"))
class _Description(TypedDict):
    # A host name has at most 253 characters, and the number of the process follows.
    id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,300}$")]
    role: Role
    version: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
    started_at: Milliseconds
    connections: Annotated[int, Field(ge=0, le=_MOST_CONNECTIONS)]


@with_config(ConfigDict(strict=True, extra="ignore"))
class _Message(TypedDict):
    host_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    instance: _Description


_message: TypeAdapter[_Message] = TypeAdapter(_Message)


class InstanceHeard(NamedTuple):
    """An instance's description; `sender` is a name that no two instances share."""

    sender: str
    instance: Instance


class InstanceMessages:
    """Writes and reads descriptions in `envelope`. `clock_skew` is in milliseconds."""

    def __init__(self, *, envelope: Envelope, clock: Clock, clock_skew: int) -> None:
        self._envelope = envelope
        self._clock = clock
        self._clock_skew = clock_skew

    @property
    def channel(self) -> str:
        """The channel to subscribe to and to publish on."""
        return self._envelope.channel

    def write(self, instance: Instance) -> bytes:
        """Return the message with a description."""
        return self._envelope.sealed(self._envelope.text({"instance": asdict(instance)}))

    def read(self, data: bytes) -> InstanceHeard | MessageRefused | None:
        """Return the description in a message, or None if it is this instance's own."""
        if len(data) > _LARGEST_MESSAGE_BYTES:
            return MessageRefused(RefusalReason.TOO_LARGE)
        opened = self._envelope.opened(data)
        if opened is None:
            return None
        message = opened.parsed()
        if not isinstance(message, dict):
            return MessageRefused(RefusalReason.UNDECODABLE)
        envelope = self._envelope
        if refusal := envelope.refusal_of_signature(opened) or envelope.refusal_of_head(message):
            return MessageRefused(refusal)
        try:
            checked = _message.validate_python(message)
        except ValidationError:
            return MessageRefused(RefusalReason.INVALID)
        instance = Instance(**checked["instance"])
        if instance.started_at > format_milliseconds(self._clock() + self._clock_skew):
            return MessageRefused(RefusalReason.AHEAD_OF_CLOCK)
        return InstanceHeard(checked["host_id"], instance)
