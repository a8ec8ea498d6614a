"""The instances of a deployment know of each other, and of no more than is good for them."""

import json
from typing import Any

import pytest

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.bus_envelope import Envelope
from assembly_service.notification.bus_refusals import MessageRefused, RefusalReason
from assembly_service.notification.instance_messages import InstanceHeard, InstanceMessages
from assembly_service.notification.instances import (
    LIVE_MILLISECONDS,
    MOST_INSTANCES,
    Instance,
    Instances,
)

NOW = 1_795_000_000_000
MINUTE = 60_000
CHANNEL = "assembly-service:shop:instances"
SECRET = "one" * 12


def instance(name: str = "host:1", **changes: Any) -> Instance:
    described = {"role": "all", "version": "1.0", "connections": 3}
    return Instance(**{"id": name, "started_at": format_milliseconds(NOW), **described, **changes})


def messages(*secrets: str, channel: str = CHANNEL, required: bool = False) -> InstanceMessages:
    envelope = Envelope(channel=channel, secrets=secrets, signature_required=required)
    return InstanceMessages(envelope=envelope, clock=lambda: NOW, clock_skew=5_000)


class Watched:
    """Instances, seen by a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW
        self.instances = Instances(lambda: instance("own"), lambda: self.now)

    def hear(self, *names: str) -> None:
        for name in names:
            self.instances.hear(f"sender of {name}", instance(name))

    def names(self, *, live: bool) -> list[str]:
        return [each.instance.id for each in self.instances.all() if each.is_live is live]


def test_an_instance_is_live_for_fifteen_seconds_and_listed_for_five_minutes() -> None:
    watched = Watched()
    watched.hear("b", "a")
    watched.now += LIVE_MILLISECONDS
    watched.hear("b")
    assert (watched.names(live=True), watched.names(live=False)) == (["own", "a", "b"], [])
    watched.now += 1
    assert (watched.names(live=True), watched.names(live=False)) == (["own", "b"], ["a"])
    assert [each.heard_at for each in watched.instances.all()] == [NOW + 15_001, NOW, NOW + 15_000]
    watched.now = NOW + 5 * MINUTE + 1
    assert (watched.names(live=True), watched.names(live=False)) == (["own"], ["b"])


def test_a_flood_of_instances_displaces_none_that_is_live() -> None:
    watched = Watched()
    watched.hear("silent")
    watched.now += LIVE_MILLISECONDS + 1
    watched.hear("neighbour")
    watched.hear(*(f"stranger {number}" for number in range(10_000)))
    listed = watched.names(live=True)
    assert len(listed) == MOST_INSTANCES
    assert "neighbour" in listed
    assert watched.names(live=False) == [], "a silent one made room"


def test_two_instances_of_one_name_are_two() -> None:
    watched = Watched()
    for sender in ("one", "two"):
        watched.instances.hear(sender, instance("container:1"))
    assert watched.names(live=True) == ["own", "container:1", "container:1"]


def test_a_description_arrives_as_it_was_written_and_an_own_one_not_at_all() -> None:
    described = instance(connections=0)
    for reader, writer in (
        (messages(), messages()),
        (messages(SECRET, required=True), messages(SECRET)),
        (messages(), messages(SECRET)),
    ):
        heard = reader.read(writer.write(described))
        assert isinstance(heard, InstanceHeard)
        assert heard.instance == described
        assert writer.read(writer.write(described)) is None


@pytest.mark.parametrize(
    ("writer", "reason"),
    [
        (messages("other" * 8), RefusalReason.WRONG_SIGNATURE),
        (messages(), RefusalReason.UNSIGNED),
        (messages(SECRET, channel="assembly-service:shop"), RefusalReason.OTHER_DEPLOYMENT),
    ],
)
def test_who_must_not_be_believed_is_not(writer: InstanceMessages, reason: RefusalReason) -> None:
    reader = messages(SECRET, required=True)
    assert reader.read(writer.write(instance())) == MessageRefused(reason)


BROKEN: list[tuple[dict[str, Value], RefusalReason]] = [
    ({"version": 2}, RefusalReason.UNKNOWN_VERSION),
    ({"host_id": "x" * 32}, RefusalReason.INVALID),
    ({"instance": None}, RefusalReason.INVALID),
    *(
        ({"instance": changes}, RefusalReason.INVALID)
        for changes in (
            {"id": "a\nb"},
            {"id": "x" * 301},
            {"role": "king"},
            {"version": ""},
            {"started_at": "yesterday"},
            {"connections": -1},
            {"connections": "3"},
        )
    ),
    (
        {"instance": {"started_at": format_milliseconds(NOW + MINUTE)}},
        RefusalReason.AHEAD_OF_CLOCK,
    ),
]


@pytest.mark.parametrize(("changes", "reason"), BROKEN)
def test_a_description_that_breaks_its_model_is_refused(
    changes: dict[str, Any], reason: RefusalReason
) -> None:
    message = json.loads(messages().write(instance()))
    described = changes.get("instance")
    if described:
        changes = {"instance": message["instance"] | described}
    data = json.dumps(message | changes).encode()
    assert messages().read(data) == MessageRefused(reason)


def test_what_is_no_description_is_refused_without_being_parsed_at_length() -> None:
    for data, reason in (
        (b"{", RefusalReason.UNDECODABLE),
        (b"[]", RefusalReason.UNDECODABLE),
        (b"{" + b" " * 5_000 + b"}", RefusalReason.TOO_LARGE),
    ):
        assert messages().read(data) == MessageRefused(reason)
