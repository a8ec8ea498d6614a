"""Releases side by side on one bus: messages as each of them wrote them, kept in `bus_releases`.

A release may add fields. One that changes more writes another `version`, reads the versions
before, and gets a file of its own here.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from assembly_service.domain import exact_json
from assembly_service.notification.bus_envelope import Envelope
from assembly_service.notification.bus_messages import OLD_CHANNEL, BusMessages
from assembly_service.notification.bus_refusals import MessageRefused, RefusalReason
from assembly_service.notification.rooms import RESYNC, Push
from tests.notification.buses import on_the_bus, publish
from tests.notification.clients import python_client

RELEASES = Path(__file__).parent / "bus_releases"
CHANNEL = "assembly-service:corpus"
SIGNED_WITH = "a secret of thirty-two characters"
AFTER_THE_CORPUS = 1_795_100_000_000


def lines(name: str) -> list[bytes]:
    return (RELEASES / f"{name}.jsonl").read_bytes().splitlines()


def signed_messages() -> list[bytes]:
    """A line with a signature, then a line with a message, and so on."""
    every = lines("version-1-signed")
    return [b"\n".join(pair) for pair in zip(every[::2], every[1::2], strict=True)]


PUSHES = [Push(**exact_json.loads(line.decode())) for line in lines("pushes")]


def messages(*secrets: str, signature_required: bool = False) -> BusMessages:
    envelope = Envelope(channel=CHANNEL, secrets=secrets, signature_required=signature_required)
    return BusMessages(envelope=envelope, clock=lambda: AFTER_THE_CORPUS, clock_skew=0)


@pytest.mark.parametrize(
    ("channel", "written", "reader"),
    [
        (OLD_CHANNEL, lines("release-before"), messages()),
        (CHANNEL, lines("version-1"), messages()),
        (CHANNEL, signed_messages(), messages(SIGNED_WITH, signature_required=True)),
    ],
    ids=["the release before", "version 1", "version 1, signed"],
)
def test_what_a_release_wrote_is_understood(
    channel: str, written: Sequence[bytes], reader: BusMessages
) -> None:
    read = [reader.read(channel, message) for message in written]
    assert read[:2] == PUSHES[:2]
    assert isinstance(read[2], Push)
    assert (read[2].event, read[2].seller_handle) == (RESYNC, PUSHES[2].seller_handle)


@pytest.mark.parametrize("name", ["release-before", "version-1"])
def test_what_is_written_has_all_that_a_release_reads(name: str) -> None:
    for push, line in zip(PUSHES, lines(name), strict=True):
        kept = exact_json.loads(line.decode())
        for message in messages().write(push).values():
            written = exact_json.loads(message.decode())
            assert written == {**written, **kept, "host_id": written["host_id"]}


def test_fields_that_a_later_release_adds_are_ignored() -> None:
    message = exact_json.loads(lines("version-1")[0].decode())
    message["more"] = message["data"][0]["more"] = message["data"][0]["product"]["more"] = [1]
    assert messages().read(CHANNEL, exact_json.dumps(message)) == PUSHES[0]


OTHERWISE = {"version": 2, "deployment": CHANNEL, "room": "amani_beads", "change": {"gone": True}}


def test_a_later_version_is_answered_by_a_reload_of_its_seller_whatever_else_it_has() -> None:
    refused = MessageRefused(RefusalReason.UNKNOWN_VERSION, "amani_beads")
    assert messages().read(CHANNEL, exact_json.dumps(OTHERWISE)) == refused


def test_a_later_version_is_not_read_from_the_old_channel() -> None:
    [push] = exact_json.loads(lines("release-before")[0].decode())["data"]
    later = {"version": 2, "room": push["product"]["seller_handle"], "data": [push]}
    message = exact_json.dumps({**later, "event": push["event_type"]})
    assert messages().read(OLD_CHANNEL, message) == MessageRefused(RefusalReason.UNDECODABLE)


def test_a_later_version_needs_its_signature_as_well() -> None:
    reader = messages(SIGNED_WITH, signature_required=True)
    refused = MessageRefused(RefusalReason.UNSIGNED, "amani_beads")
    assert reader.read(CHANNEL, exact_json.dumps(OTHERWISE)) == refused


async def test_clients_of_an_instance_that_cannot_read_a_later_version_reload(valkey: str) -> None:
    async with (
        on_the_bus(valkey, bus_channel=CHANNEL) as instance,
        python_client(instance) as client,
    ):
        await client.subscribe("amani_beads")
        await publish(valkey, CHANNEL, OTHERWISE)
        assert (await client.record.first("resync"))["reason"] == "change_unconfirmed"
        assert instance.metric("bus_messages_refused_total", reason="unknown_version") == 1
