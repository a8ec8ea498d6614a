"""Messages of the bus are passed on only if they pass every check."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.bus_envelope import Envelope
from assembly_service.notification.bus_messages import OLD_CHANNEL, BusMessages
from assembly_service.notification.bus_refusals import MessageRefused, RefusalReason
from assembly_service.notification.rooms import Push, ResyncReason
from tests.harness.senders import SENDER
from tests.notification.buses import CHANNEL, old_message, payload_of

NOW = 1_795_000_000_000
SKEW = 5_000
ONE, TWO, THREE = "one" * 12, "two" * 12, "three" * 12


def messages(
    *secrets: str, channel: str = CHANNEL, signature_required: bool = False
) -> BusMessages:
    envelope = Envelope(channel=channel, secrets=secrets, signature_required=signature_required)
    return BusMessages(envelope=envelope, clock=lambda: NOW, clock_skew=SKEW)


def push(**changes: Value) -> Push:
    """Return the push of a product that was just written."""
    instant = format_milliseconds(NOW)
    payload = payload_of("v1", **{"created_at": instant, "updated_at": instant, **changes})
    return Push(
        event="new_product", seller_handle="amani", payload={**payload, "timestamp": instant}
    )


def heard(reader: BusMessages, writer: BusMessages, sent: Push) -> Sequence[Any]:
    """Return what the reader makes of the writer's message on each channel."""
    return [reader.read(channel, data) for channel, data in writer.write(sent).items()]


def refusal(message: Mapping[str, Value] | bytes, *, channel: str = OLD_CHANNEL) -> Any:
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return messages().read(channel, data)


def test_a_push_on_both_channels_is_taken_once() -> None:
    sent = push(price=Decimal("1999.990000000000000001"))
    assert heard(messages(), messages(), sent) == [sent, None]
    writer = messages()
    assert heard(writer, writer, sent) == [None, None]


def test_both_channels_get_one_encoding_that_the_previous_release_reads() -> None:
    sent = push()
    own, old = messages(ONE).write(sent).values()
    assert own.endswith(b"\n" + old)
    message = exact_json.loads(old.decode())
    expected = old_message(sent.payload, host_id=message["host_id"])
    assert expected.items() <= message.items()
    assert message["host_id"]


def test_messages_of_the_previous_release_are_understood() -> None:
    sent = push()
    data = exact_json.dumps(old_message(sent.payload))
    assert messages().read(OLD_CHANNEL, data) == sent


def test_a_push_keeps_its_correlation_id_and_its_trace_context() -> None:
    sent = push()
    sent = replace(sent, payload={**sent.payload, "correlation_id": "c"}, trace_context=SENDER)
    assert heard(messages(), messages(ONE), sent) == [sent, None]


@pytest.mark.parametrize("correlation_id", ["", "bell \a", "é" * 65, 7, None])
def test_a_correlation_id_that_cannot_be_logged_is_refused(correlation_id: Value) -> None:
    message = old_message({**push().payload, "correlation_id": correlation_id})
    assert refusal(message) == MessageRefused(RefusalReason.INVALID, "amani")


@pytest.mark.parametrize(
    "context",
    [None, "00-1", [], {"traceparent": 7}, {"traceparent": f"00-{'0' * 32}-{'b' * 16}-01"}],
    ids=str,
)
def test_a_push_with_an_invalid_trace_context_is_taken_without_it(context: Value) -> None:
    sent = push()
    data = exact_json.dumps(old_message(sent.payload, trace_context=context))
    assert messages().read(OLD_CHANNEL, data) == sent


def test_another_deployment_is_ignored_on_the_shared_channel() -> None:
    staging = messages(channel="assembly-service:staging")
    assert heard(messages(), staging, push())[-1] is None
    spelt_otherwise = json.dumps(old_message(push().payload, deployment="staging"))
    assert messages().read(OLD_CHANNEL, spelt_otherwise.encode()) is None


def test_a_message_signed_by_another_deployment_is_refused() -> None:
    [signed, _] = messages(ONE, channel="assembly-service:staging").write(push()).values()
    refused = messages(ONE).read(CHANNEL, signed)
    assert refused == MessageRefused(RefusalReason.OTHER_DEPLOYMENT, "amani")


def test_a_message_signed_with_any_of_the_secrets_is_accepted() -> None:
    for reader in (messages(ONE), messages(TWO, ONE), messages(ONE, signature_required=True)):
        assert heard(reader, messages(ONE, TWO), push())[0] == push()


def test_an_instance_without_secrets_accepts_signed_messages() -> None:
    assert heard(messages(), messages(ONE), push())[0] == push()


@pytest.mark.parametrize("required", [True, False])
def test_a_signature_by_another_secret_is_refused(required: bool) -> None:
    reader = messages(ONE, TWO, signature_required=required)
    refused = MessageRefused(RefusalReason.WRONG_SIGNATURE, "amani")
    assert heard(reader, messages(THREE), push())[0] == refused


def test_a_changed_byte_breaks_the_signature() -> None:
    [signed, _] = messages(ONE).write(push()).values()
    changed = signed.replace(b"1999.99", b"1999.98")
    refused = MessageRefused(RefusalReason.WRONG_SIGNATURE, "amani")
    assert messages(ONE).read(CHANNEL, changed) == refused


def test_an_unsigned_message_is_refused_if_signatures_are_required() -> None:
    reader = messages(ONE, signature_required=True)
    refused = MessageRefused(RefusalReason.UNSIGNED, "amani")
    assert heard(reader, messages(), push())[0] == refused
    assert heard(messages(ONE), messages(), push())[0] == push()


def test_the_shared_channel_is_not_used_if_signatures_are_required() -> None:
    assert messages(ONE, signature_required=True).channels == [CHANNEL]
    assert list(messages(ONE, signature_required=True).write(push())) == [CHANNEL]


@pytest.mark.parametrize("version", [None, 2, "1"])
def test_another_version_is_refused_on_the_deployments_channel(version: Value) -> None:
    refused = MessageRefused(RefusalReason.UNKNOWN_VERSION, "amani")
    for more in ({"deployment": CHANNEL, "version": version}, {}):
        message = {**old_message(push().payload), **more}
        assert refusal(message, channel=CHANNEL) == refused


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [(SKEW, None), (SKEW + 1, RefusalReason.AHEAD_OF_CLOCK)],
)
def test_a_change_may_be_ahead_only_by_the_allowed_clock_skew(
    ahead: int, reason: RefusalReason | None
) -> None:
    instant = format_milliseconds(NOW + ahead)
    for payload in (push(updated_at=instant).payload, {**push().payload, "timestamp": instant}):
        found = refusal(old_message(payload))
        assert (found.reason if isinstance(found, MessageRefused) else None) is reason


_NO_PRODUCTS: tuple[dict[str, Value], ...] = (
    {"seller_handle": "baraka"},
    {"video_id": "no video!"},
    {"title": ""},
    {"price": "5"},
    {"thumbnails": []},
    *(
        {"created_at": instant, "updated_at": instant}
        for instant in (
            "2026-11-18T06:00:00Z",
            "2026-11-18T06:00:00.000000Z",
            "2026-11-18 06:00:00.000Z",
            "20261118T060000.000Z",
            "2026-11-31T06:00:00.000Z",
            "2026-11-18T06:00:00.000+00:00",
            "2026-11-18T06:00:00.000",
            "2026-11-18",
        )
    ),
    {"created_at": "2099-01-01T00:00:00.000Z"},
    {"tags": ["\ud800"]},
)


@pytest.mark.parametrize("changes", _NO_PRODUCTS)
def test_an_invalid_product_is_refused_with_its_room(
    changes: dict[str, Value],
) -> None:
    message = old_message(payload_of("v1", **changes))
    assert refusal(message) == MessageRefused(RefusalReason.INVALID, "amani")


@pytest.mark.parametrize(
    "message",
    [
        old_message(payload_of("v1"), event="product_updated"),
        old_message(payload_of("v1"), event="disconnect"),
        old_message({"product": {}}),
        old_message({**payload_of("v1"), "timestamp": "soon"}),
        old_message({}, event=5),
        *(old_message({}, data=data) for data in ("text", [], ["text"], [payload_of("v1")] * 2)),
    ],
)
def test_an_invalid_event_is_refused_with_its_room(message: Any) -> None:
    assert refusal(message) == MessageRefused(RefusalReason.INVALID, "amani")


def test_fields_that_clients_must_not_see_are_dropped() -> None:
    sent = push()
    payload = {**sent.payload, "product": {**sent.payload["product"], "owner": "x"}, "more": 1}
    assert refusal(old_message(payload)) == sent


def test_nothing_of_the_sender_of_a_resync_is_passed_on() -> None:
    found = refusal(old_message({"text": "<script>"}, event="resync"))
    assert isinstance(found, Push)
    assert (found.seller_handle, found.payload["reason"]) == (
        "amani",
        ResyncReason.CONNECTION_RESTORED,
    )
    assert found.payload.keys() == {"seller_handle", "reason", "timestamp"}


_NO_PUSHES: tuple[dict[str, Value], ...] = (
    {"method": "disconnect"},
    {"room": None},
    {"room": ["amani"]},
    {"room": "no seller!"},
    {"room": "\ud800"},
    {"namespace": "/"},
)


@pytest.mark.parametrize(
    "data",
    [
        *(b"\xff\xfe", b"", b"no json", b"null", b"[" * 100_000, b"{" * 100_000),
        *(b"0" * 64, b"0" * 64 + b"\n", b"{}"),
        *(json.dumps(old_message({}, **changes)).encode() for changes in _NO_PUSHES),
    ],
)
def test_an_undecodable_message_is_refused_without_a_room(data: bytes) -> None:
    for channel in (OLD_CHANNEL, CHANNEL):
        assert refusal(data, channel=channel) == MessageRefused(RefusalReason.UNDECODABLE)


def test_a_message_larger_than_any_product_is_not_parsed() -> None:
    assert refusal(b" " * (4 * 1024 * 1024 + 1)) == MessageRefused(RefusalReason.TOO_LARGE)
