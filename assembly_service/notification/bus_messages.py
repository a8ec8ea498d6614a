"""The pushes between instances: written and signed, read and checked.

A message is a push in python-socketio's format, which the previous release reads too, preceded by
the version of the format and the deployment. Of a push that belongs to a trace it has the trace
context too, and in the payload the correlation id; the previous release ignores both. A later
version may change everything but `version`, `deployment`, `room` and the signature: that much is
read of it, and those who watch the seller reload.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NotRequired

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    with_config,
)
from typing_extensions import TypedDict

from assembly_service.domain.events import Milliseconds, ShownProduct
from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import usable_correlation_id
from assembly_service.domain.names import is_seller_handle
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.domain.trace_context import NO_TRACE, TraceContext, trace_context_of
from assembly_service.notification.bus_envelope import Envelope, Opened
from assembly_service.notification.bus_refusals import MessageRefused, RefusalReason
from assembly_service.notification.rooms import RESYNC, Push, ResyncReason, resync
from assembly_service.notification.socketio.packets import NAMESPACE
from assembly_service.runtime.clock import Clock

OLD_CHANNEL = "socketio"
"""The channel of the previous release, shared by all deployments on a server."""

_LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
_DEPLOYMENT_KEY = b'"deployment":'


def _usable(correlation_id: str) -> str:
    if usable_correlation_id(correlation_id) is None:
        raise ValueError("it cannot be used in logs")
    return correlation_id


@with_config(ConfigDict(strict=True, extra="ignore"))
class _ProductPush(TypedDict):
    event_type: Literal["new_product", "product_updated"]
    product: ShownProduct
    timestamp: Milliseconds
    correlation_id: NotRequired[Annotated[str, AfterValidator(_usable)]]


_product_pushes: TypeAdapter[list[_ProductPush]] = TypeAdapter(
    Annotated[list[_ProductPush], Field(strict=True, min_length=1, max_length=1)]
)


class BusMessages:
    """Writes and reads the messages of one instance, in `envelope`, whose channel is its own.

    `clock_skew` is in milliseconds.
    """

    def __init__(self, *, envelope: Envelope, clock: Clock, clock_skew: int) -> None:
        self._envelope = envelope
        self._clock = clock
        self._clock_skew = clock_skew

    @property
    def channels(self) -> Sequence[str]:
        """The channels to subscribe to and to publish on.

        Once signatures are required, every instance has this release, and the old channel, where
        nothing is signed, is no longer used.
        """
        own = self._envelope.channel
        return [own] if self._envelope.signature_required else [own, OLD_CHANNEL]

    def write(self, push: Push) -> Mapping[str, bytes]:
        """Return the message for each channel."""
        text = self._envelope.text(
            {
                "method": "emit",
                "event": push.event,
                "data": [push.payload],
                "binary": False,
                "namespace": NAMESPACE,
                "room": push.seller_handle,
                "skip_sid": None,
                "callback": None,
                **({"trace_context": {**push.trace_context}} if push.trace_context else {}),
            }
        )
        return dict.fromkeys(self.channels, text) | {
            self._envelope.channel: self._envelope.sealed(text)
        }

    def read(self, channel: str, data: bytes) -> Push | MessageRefused | None:
        """Return the push in a message, or None if the message is not for this instance."""
        if channel == OLD_CHANNEL and _DEPLOYMENT_KEY in data:
            # This deployment's messages are on its own channel too; others do not concern it.
            return None
        if len(data) > _LARGEST_MESSAGE_BYTES:
            return MessageRefused(RefusalReason.TOO_LARGE)
        opened = self._envelope.opened(data)
        if opened is None:
            return None
        match message := opened.parsed():
            case {"room": room} if is_seller_handle(room) and (
                _is_push(message)
                # No version of the old channel is checked, so it has nothing but pushes.
                or (channel != OLD_CHANNEL and self._envelope.is_later_version(message))
            ):
                if reason := self._sender_refusal(channel, opened, message):
                    return MessageRefused(reason, room)
                return self._push(room, message)
        return MessageRefused(RefusalReason.UNDECODABLE)

    def _sender_refusal(
        self, channel: str, opened: Opened, message: Mapping[str, Value]
    ) -> RefusalReason | None:
        refusal = self._envelope.refusal_of_signature(opened)
        if refusal or channel == OLD_CHANNEL:
            return refusal
        return self._envelope.refusal_of_head(message)

    def _push(self, room: str, message: Mapping[str, Value]) -> Push | MessageRefused:
        now = self._clock()
        if message.get("event") == RESYNC:
            return resync(room, ResyncReason.CONNECTION_RESTORED, format_milliseconds(now))
        try:
            [checked] = _product_pushes.validate_python(message.get("data"))
        except ValidationError:
            return MessageRefused(RefusalReason.INVALID, room)
        event, product = checked["event_type"], checked["product"]
        if (
            message.get("event") != event
            or product["seller_handle"] != room
            or product["created_at"] > product["updated_at"]
        ):
            return MessageRefused(RefusalReason.INVALID, room)
        latest = format_milliseconds(now + self._clock_skew)
        if max(product["updated_at"], checked["timestamp"]) > latest:
            return MessageRefused(RefusalReason.AHEAD_OF_CLOCK, room)
        return Push(
            event=event,
            seller_handle=room,
            payload={**checked},
            trace_context=_trace_context(message.get("trace_context")),
        )


def _trace_context(value: Value) -> TraceContext:
    if not isinstance(value, dict):
        return NO_TRACE
    return trace_context_of(value.get("traceparent"), value.get("tracestate"))


def _is_push(message: Mapping[str, Value]) -> bool:
    return message.get("method") == "emit" and message.get("namespace") == NAMESPACE
