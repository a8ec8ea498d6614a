"""What a draft is by the clock: visible, held, or expired unnoted."""

from typing import Any

import pytest

from assembly_service.drafts.engine.draft import Draft, Lease
from assembly_service.drafts.engine.rows import draft_from_item, draft_to_item
from tests.drafts.engine.support import END, LEASE, NOW, RESULT, UNTIL, a_draft, held_draft

BRIEF = Lease(token="first", until=NOW + 1, record={})


@pytest.mark.parametrize(
    ("draft", "last"),
    [
        (a_draft(), END),
        (held_draft(), UNTIL),
        (held_draft(lease=BRIEF), END),
        (held_draft(result=RESULT), UNTIL),
        (held_draft(result=RESULT, purge_at=NOW + 5_000), NOW + 5_000),
        (held_draft(result=RESULT, purge_at=UNTIL + 5_000), UNTIL + 5_000),
    ],
    ids=["open", "held", "was held", "committed", "seen", "seen late"],
)
def test_a_draft_is_visible_until_an_instant_and_never_afterwards(draft: Draft, last: int) -> None:
    assert [draft.is_visible(now) for now in (NOW, last - 1, last, last + 1)] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("now", [NOW, END - 1, END, UNTIL + 1])
def test_a_noted_expiry_holds_for_an_instance_with_a_slow_clock_too(now: int) -> None:
    noted = held_draft(state="ended", expiry_noted=True)
    assert not noted.is_visible(now)
    assert not noted.expires_unnoticed(now)


@pytest.mark.parametrize(
    ("draft", "last"),
    [(held_draft(), UNTIL), (held_draft(lease=BRIEF), NOW + 1)],
    ids=["past the lifetime", "within the lifetime"],
)
def test_a_commit_holds_the_draft_until_its_lease_expires(draft: Draft, last: int) -> None:
    assert [draft.is_held(now) for now in (NOW, last - 1, last)] == [True, True, False]


@pytest.mark.parametrize("draft", [a_draft(), held_draft(result=RESULT)], ids=["free", "committed"])
def test_a_draft_without_a_lease_or_with_a_result_is_not_held(draft: Draft) -> None:
    assert not draft.is_held(NOW)


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (a_draft(), [False, True, True]),
        (held_draft(), [False, False, True]),
        (held_draft(result=RESULT), [False, False, False]),
        (held_draft(result=RESULT, purge_at=NOW), [False, False, False]),
    ],
    ids=["open", "held", "committed", "seen"],
)
def test_only_an_expiry_without_a_commit_has_to_be_noted(
    draft: Draft, expected: list[bool]
) -> None:
    assert [draft.expires_unnoticed(now) for now in (END - 1, END, UNTIL)] == expected


@pytest.mark.parametrize(
    "draft",
    [
        a_draft(),
        a_draft(parts={}, errors=("one", "two")),
        held_draft(version=12),
        a_draft(state="ended", expiry_noted=True),
    ],
    ids=["open", "failed", "held", "ended"],
)
def test_a_draft_survives_being_stored_in_a_row(draft: Draft) -> None:
    assert draft_from_item(draft_to_item(draft)) == draft


@pytest.mark.parametrize(
    ("changed", "milliseconds"),
    [
        ({}, END),
        ({"expires_at": END + 1}, END + 1_000),
        ({"lease": LEASE}, UNTIL + 3_600_000),
        ({"lease": BRIEF}, END + 3_600_000),
    ],
    ids=["open", "in the middle of a second", "held", "was held"],
)
def test_the_store_may_delete_a_row_when_it_is_invisible_and_never_during_a_commit(
    changed: dict[str, Any], milliseconds: int
) -> None:
    row = draft_to_item(a_draft(**changed))
    assert row["ttl"] == {"N": str(milliseconds // 1_000)}
