"""What instances tell each other on the bus: written, signed, and checked before clients see it.

A message is a push in python-socketio's form, which the release before this one reads too, with the
version of the form and the deployment in front. A signed one begins with the HMAC-SHA256, in
hexadecimal, of what follows its first line break.
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
"""The channel of the release before this one, shared by all deployments on a server."""

_VERSION = 1
_LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
_NAMES_A_DEPLOYMENT = b'"deployment":'


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

    `channel` is the deployment's own. With `secrets` messages are signed with the first of them and
    may be signed with any. `clock_skew` is in milliseconds.
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
        self._own_beginning = exact_json.dumps(self._head).removesuffix(b"}")

    @property
    def channels(self) -> Sequence[str]:
        """The channels to hear and to publish on.

        Signatures are not required before every instance has this release: the old channel, on
        which nothing can be signed, is of no use any more.
        """
        return [self._channel] if self._signature_required else [self._channel, OLD_CHANNEL]

    def write(self, push: Push) -> Mapping[str, bytes]:
        """The message for each channel."""
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
        """The push in a message that was heard; None if it is not for this instance."""
        if channel == OLD_CHANNEL and _NAMES_A_DEPLOYMENT in data:
            # Ours is on the own channel too; another deployment's is no business of this one.
            return None
        if len(data) > _LARGEST_MESSAGE_BYTES:
            return MessageRefused(RefusalReason.TOO_LARGE)
        signature, text = _split(data)
        if text.startswith(self._own_beginning):
            return None
        match message := _parsed(text):
            case {"method": "emit", "namespace": str(namespace), "room": room} if (
                namespace == NAMESPACE and is_seller_handle(room)
            ):
                if reason := self._doubt_about_sender(channel, signature, text, message):
                    return MessageRefused(reason, room)
                return self._push(room, message)
        return MessageRefused(RefusalReason.UNDECODABLE)

    def _doubt_about_sender(
        self, channel: str, signature: bytes, text: bytes, message: Mapping[str, Value]
    ) -> RefusalReason | None:
        if signature and self._secrets and not self._is_right(signature, text):
            return RefusalReason.WRONG_SIGNATURE
        if self._signature_required and not signature:
            return RefusalReason.UNSIGNED
        if channel == OLD_CHANNEL:
            return None
        if message.get("version") != _VERSION:
            return RefusalReason.UNKNOWN_VERSION
        # Two deployments may share a secret: the signature holds for one channel.
        is_own = message.get("deployment") == self._channel
        return None if is_own else RefusalReason.OTHER_DEPLOYMENT

    def _is_right(self, signature: bytes, text: bytes) -> bool:
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
    """The signature, empty if there is none, and what it signs."""
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
