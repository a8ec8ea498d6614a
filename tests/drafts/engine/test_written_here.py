"""Which events are published without being read: never one before an older one of its draft."""

import pytest

from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.written_here import WrittenHere


def event(version: int) -> StoredEvent:
    return StoredEvent("draft", f"{version:08d}", "changed", "{}", 0, "test-system")


def after(*versions: int) -> WrittenHere:
    """What an instance remembers that wrote these versions of a draft."""
    written = WrittenHere()
    for version in versions:
        written.add("draft", event(version), version=version)
    return written


def test_events_written_here_from_the_first_on_need_not_be_read() -> None:
    written = after(1, 2)
    assert written.take("draft") == [event(1), event(2)]
    assert written.drafts == set()
    written.add("draft", event(3), version=3)
    assert written.drafts == {"draft"}
    assert written.take("draft") == [event(3)]
    assert written.take("draft") == []


@pytest.mark.parametrize(
    "versions", [(2,), (1, 3), (1, 2, 2), (1, 3, 4)], ids=["later", "gap", "twice", "after a gap"]
)
def test_events_are_read_if_another_instance_may_have_written_one_before(
    versions: tuple[int, ...],
) -> None:
    written = after(*versions)
    assert written.drafts == {"draft"}
    assert written.take("draft") == []


def test_events_are_read_if_one_of_them_is_not_known() -> None:
    written = after(1)
    written.add("draft")
    written.add("draft", event(2), version=2)
    assert written.take("draft") == []


def test_events_are_read_once_publishing_one_failed() -> None:
    written = after(1)
    written.take("draft")
    written.forget("draft")
    written.add("draft", event(2), version=2)
    assert written.take("draft") == []


def test_the_oldest_draft_is_read_once_too_many_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("assembly_service.drafts.engine.written_here.MOST_WRITTEN", 2)
    written = WrittenHere()
    for reference in ("one", "two", "three"):
        written.add(reference, event(1), version=1)
    assert [written.take(each) for each in ("one", "two", "three")] == [[], [event(1)], [event(1)]]
