"""Rows and records are read as they were written."""

from dataclasses import replace
from decimal import Decimal

import pytest

from assembly_service.domain.events import CaptionParsed, ThumbnailGenerated
from assembly_service.domain.exact_json import Value
from assembly_service.domain.exact_json import number as number_of
from assembly_service.domain.product import HalfKind
from assembly_service.storage.attribute_values import (
    from_attribute_value,
    to_attribute_value,
)
from assembly_service.storage.rows import (
    TTL_GRACE_SECONDS,
    product_from_item,
    product_to_item,
    staged_from_item,
    staged_to_item,
)
from tests.harness.halves import NOW, product, staged


def test_a_product_comes_back_as_it_was() -> None:
    row = product(1, 2, updated_at=NOW, created_at=NOW - 1)
    assert product_from_item(product_to_item(row)) == row


def test_every_field_of_an_event_comes_back() -> None:
    row = product(1, 2, updated_at=NOW)
    besides = {"seller_handle", "video_id", "timestamp"}
    whole = replace(
        row,
        caption=replace(
            row.caption, fields=dict.fromkeys(CaptionParsed.__annotations__.keys() - besides, "c")
        ),
        thumbnail=replace(
            row.thumbnail,
            fields=dict.fromkeys(ThumbnailGenerated.__annotations__.keys() - besides, "t"),
        ),
    )
    assert product_from_item(product_to_item(whole)) == whole


@pytest.mark.parametrize("kind", HalfKind)
@pytest.mark.parametrize("orphaned_at", [None, NOW])
def test_a_staged_half_comes_back_as_it_was(kind: HalfKind, orphaned_at: int | None) -> None:
    record = staged(kind, orphaned_at=orphaned_at)
    assert staged_from_item(staged_to_item(record)) == record


def test_the_ttl_is_a_week_after_the_expiry() -> None:
    record = staged_to_item(staged(HalfKind.CAPTION, expires_at=NOW))
    assert record["ttl"] == {"N": str(NOW // 1000 + TTL_GRACE_SECONDS)}
    assert TTL_GRACE_SECONDS == 7 * 24 * 3600


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("172.0", "172"),
        ("-0", "0"),
        ("0.00", "0"),
        ("1999.99", "1999.99"),
        ("37e3", "37000"),
        ("1e21", "1E+21"),
    ],
)
def test_numbers_are_stored_in_their_shortest_form(number: str, text: str) -> None:
    value = number_of(number)
    assert to_attribute_value(value) == to_attribute_value(Decimal(number)) == {"N": text}
    assert from_attribute_value({"N": text}) == value


def test_values_of_every_json_type_come_back_as_they_were() -> None:
    value: dict[str, Value] = {
        "a": [None, True, False, "", Decimal("38"), {"b": []}],
        "c": {},
        "1": "\u0000\U0001f60d",
    }
    assert from_attribute_value(to_attribute_value(value)) == value
