"""The messages between instances: written and signed, read and checked.

A message is a push in python-socketio's format, which the previous release reads too, preceded by
the version of the format and the deployment. A signed message begins with a line that is the
hexadecimal HMAC-SHA256 of the rest.
"""

import hmac
import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from assembly_service.domain import exact_json
from assembly_service.domain.events import Milliseconds, ShownProduct
from assembly_service.domain.exact_json import Value
from assembly_service.domain.names import is_seller_handle
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.bus_refusals import MessageRefused, RefusalReason
from assembly_service.notification.rooms import RESYNC, Push, ResyncReason, resync
from assembly_service.notification.socketio.packets import NAMESPACE
from assembly_service.runtime.clock import Clock

OLD_CHANNEL = "socketio"
"""The channel of the previous release, shared by all deployments on a server."""

_VERSION = 1
_LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
_DEPLOYMENT_KEY = b'"deployment":'


@with_config(ConfigDict(strict=True, extra="ignore"))
class _ProductPush(TypedDict):
    event_type: Literal["new_product", "product_updated"]
    product: ShownProduct
    timestamp: Milliseconds


_product_pushes: TypeAdapter[list[_ProductPush]] = TypeAdapter(
    Annotated[list[_ProductPush], Field(strict=True, min_length=1, max_length=1)]
)


class BusMessages:
    """Writes and reads the messages of one instance.

    `channel` is the deployment's own. The first of the `secrets` signs what is written; signatures
    with any of them are valid. `clock_skew` is in milliseconds.
    """

    def __init__(
        self,
        *,
        channel: str,
        secrets: Sequence[str],
        signature_required: bool,
        clock: Clock,
        clock_skew: int,
    ) -> None:
        self._channel = channel
        self._secrets = [os.fsencode(secret) for secret in secrets]
        self._signature_required = signature_required
        self._clock = clock
        self._clock_skew = clock_skew
        self._head: dict[str, Value] = {
            "version": _VERSION,
            "deployment": channel,
            "host_id": uuid4().hex,
        }
        self._own_prefix = exact_json.dumps(self._head).removesuffix(b"}")

    @property
    def channels(self) -> Sequence[str]:
        """The channels to subscribe to and to publish on.

        Once signatures are required, every instance has this release, and the old channel, where
        nothing is signed, is no longer used.
        """
        return [self._channel] if self._signature_required else [self._channel, OLD_CHANNEL]

    def write(self, push: Push) -> Mapping[str, bytes]:
        """Return the message for each channel."""
        text = exact_json.dumps(
            {
                **self._head,
                "method": "emit",
                "event": push.event,
                "data": [push.payload],
                "binary": False,
                "namespace": NAMESPACE,
                "room": push.seller_handle,
                "skip_sid": None,
                "callback": None,
            }
        )
        messages = dict.fromkeys(self.channels, text)
        if self._secrets:
            messages[self._channel] = _signature(self._secrets[0], text) + b"\n" + text
        return messages

    def read(self, channel: str, data: bytes) -> Push | MessageRefused | None:
        """Return the push in a message, or None if the message is not for this instance."""
        if channel == OLD_CHANNEL and _DEPLOYMENT_KEY in data:
            # This deployment's messages are on its own channel too; others do not concern it.
            return None
        if len(data) > _LARGEST_MESSAGE_BYTES:
            return MessageRefused(RefusalReason.TOO_LARGE)
        signature, text = _split(data)
        if text.startswith(self._own_prefix):
            return None
        match message := _parsed(text):
            case {"method": "emit", "namespace": str(namespace), "room": room} if (
                namespace == NAMESPACE and is_seller_handle(room)
            ):
                if reason := self._sender_refusal(channel, signature, text, message):
                    return MessageRefused(reason, room)
                return self._push(room, message)
        return MessageRefused(RefusalReason.UNDECODABLE)

    def _sender_refusal(
        self, channel: str, signature: bytes, text: bytes, message: Mapping[str, Value]
    ) -> RefusalReason | None:
        if signature and self._secrets and not self._is_valid(signature, text):
            return RefusalReason.WRONG_SIGNATURE
        if self._signature_required and not signature:
            return RefusalReason.UNSIGNED
        if channel == OLD_CHANNEL:
            return None
        if message.get("version") != _VERSION:
            return RefusalReason.UNKNOWN_VERSION
        # Two deployments may share a secret, so a valid signature is not enough.
        if message.get("deployment") != self._channel:
            return RefusalReason.OTHER_DEPLOYMENT
        return None

    def _is_valid(self, signature: bytes, text: bytes) -> bool:
        return any(
            hmac.compare_digest(_signature(secret, text), signature) for secret in self._secrets
        )

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
        return Push(event=event, seller_handle=room, payload={**checked})


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Split a message into its signature, empty if there is none, and its text."""
    if data.startswith(b"{"):
        return b"", data
    signature, _, text = data.partition(b"\n")
    return signature, text


def _parsed(text: bytes) -> Value:
    try:
        return exact_json.loads(text.decode())
    except ValueError:
        return None


def _signature(secret: bytes, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256").hex().encode()
