"""Lines of reference data: every invalid one is named, and the samples are valid."""

import json
from typing import Any

import pytest

from assembly_service.drafts.education.reference_items import (
    Account,
    AnyItem,
    UnreadableItem,
    from_row,
    read_lines,
    to_row,
)
from assembly_service.local_aws.reference import sample_lines

ACCOUNT: dict[str, Any] = {
    "kind": "account",
    "organization": "org-1",
    "accountId": "0F8FAD5B-D9CB-469F-A165-70867728950E",
    "businessId": "osot-0000123",
    "users": ["ada"],
}
YEAR: dict[str, Any] = {
    "kind": "membershipYear",
    "organization": "org-1",
    "id": "standard",
    "year": 2027,
    "yearEnds": "2027-12-31",
    "status": "ACTIVE",
}


def read(*lines: object) -> tuple[tuple[AnyItem, ...], tuple[str, ...]]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    found = read_lines((f"line {number}", text) for number, text in enumerate(texts, start=1))
    return found.items, found.mistakes


def test_valid_lines_survive_storing_unchanged() -> None:
    items, mistakes = read(ACCOUNT, YEAR)
    assert mistakes == ()
    assert [from_row(to_row(item)) for item in items] == [*items]
    assert items[0].values() == {**ACCOUNT, "accountId": ACCOUNT["accountId"].lower()}
    assert items[1].values() == YEAR


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object."),
        ({}, "kind must be account or membershipYear."),
        ({**ACCOUNT, "kind": "member"}, "kind must be account or membershipYear."),
        ({**ACCOUNT, "color": 1}, "color is unknown."),
        ({**ACCOUNT, "accountId": "x"}, "accountId must be a UUID."),
        ({**ACCOUNT, "organization": " "}, "organization must be 1 to 255 characters"),
        ({**ACCOUNT, "businessId": "a b"}, "businessId must have 1 to 20 letters, digits, _ or -."),
        ({**YEAR, "yearEnds": "2027-02-30"}, "yearEnds must be a date, as in 2026-12-31."),
        ({**YEAR, "yearEnds": 1}, "yearEnds must be a date, as in 2026-12-31."),
        ({**YEAR, "year": "2027"}, "year must be a whole number."),
        ({**YEAR, "year": 1949}, "year must be at least 1950."),
        ({**YEAR, "year": 10_000}, "year must be at most 9999."),
        ({**ACCOUNT, "businessId": None}, "businessId must be a string."),
        ({**ACCOUNT, "users": "ada"}, "users must be a list."),
        ({**ACCOUNT, "{it's}": 1}, "{it's} is unknown."),
        ({**YEAR, "status": "OPEN"}, "status must be ACTIVE or INACTIVE."),
        ({name: YEAR[name] for name in YEAR if name != "id"}, "id is missing."),
        ({**YEAR, "yearEnds": "2026-W53-5"}, "yearEnds must be a date, as in 2026-12-31."),
        ({**YEAR, "yearEnds": "1900-01-01"}, "yearEnds must be in the year, or in the one"),
        ({**YEAR, "id": "b#c"}, "id must be 1 to 255 characters, without #"),
        ({**ACCOUNT, "organization": "a "}, "organization must be 1 to 255"),
        ({**ACCOUNT, "users": ["u", "u"]}, "users must name each user once."),
        (
            {**ACCOUNT, "users": [f"u{n}" for n in range(101)]},
            "users must have at most 100 entries.",
        ),
        (json.dumps(ACCOUNT)[:-1] + ', "kind": "account"}', "it names kind twice."),
    ],
)
def test_an_invalid_line_is_named_with_its_mistake(line: object, sentence: str) -> None:
    items, [mistake] = read(ACCOUNT, line)
    assert len(items) == 1
    assert mistake.startswith(f"line 2: {sentence}")


def test_every_invalid_line_is_named() -> None:
    _, mistakes = read("{", ACCOUNT, {}, YEAR, "[]")
    assert [mistake.partition(":")[0] for mistake in mistakes] == ["line 1", "line 3", "line 5"]


def test_a_second_line_for_an_item_is_invalid() -> None:
    _, mistakes = read(ACCOUNT, YEAR, {**YEAR, "year": 2028}, {**ACCOUNT, "users": []})
    assert mistakes == (
        "line 3: it names the same membershipYear as line 2.",
        "line 4: it names the same account as line 1.",
    )


def test_the_samples_are_valid() -> None:
    items, mistakes = read(*sample_lines().splitlines())
    assert mistakes == ()
    assert {item.kind for item in items} == {"account", "membershipYear"}


def test_the_local_user_can_register_every_member_of_the_samples() -> None:
    items, _ = read(*sample_lines().splitlines())
    accounts = [item for item in items if isinstance(item, Account)]
    assert len({each.business_id for each in accounts}) == len(accounts) > 1
    assert all(each.users == ("local-user",) for each in accounts)
    assert all(each.account_id[-3:] == each.business_id[-3:] for each in accounts)


def test_an_unreadable_row_is_named_only_by_its_key() -> None:
    [item], _ = read(ACCOUNT)
    row = to_row(item) | {"businessId": {"S": "osot-0000123-and-far-too-long"}}
    with pytest.raises(UnreadableItem) as raised:
        from_row(row)
    assert str(raised.value).startswith("The row REFERENCE#ACCOUNT ")
    assert "osot" not in str(raised.value)


def test_a_year_with_a_zero_fraction_is_a_whole_number() -> None:
    items, mistakes = read(json.dumps(YEAR).replace("2027,", "2027.0,", 1))
    assert mistakes == ()
    assert items[0].values()["year"] == YEAR["year"]
