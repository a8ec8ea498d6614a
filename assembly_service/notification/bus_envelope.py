"""What every message of this release has on the bus: version, deployment, sender, signature.

A signed message begins with a line that is the hexadecimal HMAC-SHA256 of the rest.
"""

import hmac
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import uuid4

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.notification.bus_refusals import RefusalReason
from assembly_service.settings.service import Settings

_VERSION = 1


class Opened(NamedTuple):
    """A message: its signature, empty if there is none, and its text."""

    signature: bytes
    text: bytes

    def parsed(self) -> Value:
        """Return the JSON of the text, or None if it is none."""
        try:
            return exact_json.loads(self.text.decode())
        except ValueError:
            return None


class Envelope:
    """Seals and checks the messages of a channel, for one instance.

    The first of the `secrets` signs what is written; signatures with any of them are valid.
    """

    def __init__(self, *, channel: str, secrets: Sequence[str], signature_required: bool) -> None:
        self.channel = channel
        self.signature_required = signature_required
        self._secrets = [os.fsencode(secret) for secret in secrets]
        self._head: dict[str, Value] = {
            "version": _VERSION,
            "deployment": channel,
            "host_id": uuid4().hex,
        }
        self._own_prefix = exact_json.dumps(self._head).removesuffix(b"}")

    def text(self, content: Mapping[str, Value]) -> bytes:
        """Return the text of a message, unsigned."""
        return exact_json.dumps({**self._head, **content})

    def sealed(self, text: bytes) -> bytes:
        """Return a message: the text, signed if there are secrets."""
        return _signature(self._secrets[0], text) + b"\n" + text if self._secrets else text

    def opened(self, data: bytes) -> Opened | None:
        """Take a message apart; None if it is this instance's own."""
        signature, text = (b"", data) if data.startswith(b"{") else _split(data)
        return None if text.startswith(self._own_prefix) else Opened(signature, text)

    def refusal_of_signature(self, opened: Opened) -> RefusalReason | None:
        """Return why the signature of a message is refused, if it is."""
        if opened.signature and self._secrets and not self._is_valid(*opened):
            return RefusalReason.WRONG_SIGNATURE
        if self.signature_required and not opened.signature:
            return RefusalReason.UNSIGNED
        return None

    def refusal_of_head(self, message: Mapping[str, Value]) -> RefusalReason | None:
        """Return why the version or the deployment of a message is refused, if it is."""
        if message.get("version") != _VERSION:
            return RefusalReason.UNKNOWN_VERSION
        # Two deployments may share a secret, so a valid signature is not enough.
        if message.get("deployment") != self.channel:
            return RefusalReason.OTHER_DEPLOYMENT
        return None

    def is_later_version(self, message: Mapping[str, Value]) -> bool:
        """Return whether a message says that it has the format of a later release."""
        version = message.get("version")
        return type(version) is int and version > _VERSION

    def _is_valid(self, signature: bytes, text: bytes) -> bool:
        return any(
            hmac.compare_digest(_signature(secret, text), signature) for secret in self._secrets
        )


def bus_envelope(settings: Settings, products_table_arn: str, *, suffix: str = "") -> Envelope:
    """Return the envelope of a channel of the deployment; its own has no suffix.

    `products_table_arn` identifies the deployment unless the settings do.
    """
    channel = settings.bus_channel or f"assembly-service:{products_table_arn}"
    return Envelope(
        channel=channel + suffix,
        secrets=settings.bus_secret,
        signature_required=settings.bus_require_signature,
    )


def _split(data: bytes) -> tuple[bytes, bytes]:
    signature, _, text = data.partition(b"\n")
    return signature, text


def _signature(secret: bytes, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256").hex().encode()
