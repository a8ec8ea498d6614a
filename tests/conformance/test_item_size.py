"""The service never computes a smaller item size than the engine."""

import random
from decimal import Decimal
from typing import Any

import pytest

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.exact_json import Value
from assembly_service.domain.item_size import MOST_BYTES, item_size
from assembly_service.domain.product import Half, HalfKind, Product, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.storage.attribute_values import to_item
from assembly_service.storage.conditional_writes import ConditionalWriter, Insert, WriteResult
from assembly_service.storage.rows import product_to_item, staged_to_item
from tests.conformance.conftest import Habits
from tests.harness.pipeline import Pipeline

pytestmark = pytest.mark.conditions

LONGEST_KEY = ProductKey("s" * 64, "v" * 128)
STAMP = "2026-11-18T06:00:00.000Z"
INSTANT = "2026-11-18T06:00:00.000000000Z"


def _number(chance: random.Random) -> Decimal:
    digits = chance.choice([1, 2, 3, 7, 16, 37, 38])
    mantissa = chance.randrange(10 ** (digits - 1), 10**digits)
    exponent = chance.randrange(-120, 80) if chance.random() < 0.3 else -chance.randrange(8)
    return Decimal(chance.choice([1, -1]) * mantissa).scaleb(exponent)


def _value(chance: random.Random, kind: str) -> Value:
    match kind:
        case "numbers":
            return [_number(chance) for _ in range(3000)]
        case "boxes":
            names = ("x", "y", "width", "height")
            return [{name: _number(chance) for name in names} for _ in range(800)]
        case "text":
            return ["".join(chance.choices("aé字😀\u0000\n", k=50)) for _ in range(1000)]
        case "empty":
            return [chance.choice([None, True, False, "", [], {}]) for _ in range(5000)]
        case "deep":
            return [[[{"a": [{"b": [n % 2 == 0]}]}]] for n in range(4000)]
        case _:
            raise ValueError(kind)


def _full(values: dict[str, Value], size: int) -> dict[str, Value]:
    """Return the values with a text that makes them exactly that large."""
    room = size - item_size({**values, "padding": ""})
    assert room > 0
    return {**values, "padding": "x" * room}


@pytest.mark.parametrize("kind", ["numbers", "boxes", "text", "empty", "deep"])
@pytest.mark.parametrize("seed", range(4))
async def test_an_item_that_just_fits_according_to_the_service_fits(
    writer: ConditionalWriter, staging: str, kind: str, seed: int
) -> None:
    values = {**LONGEST_KEY._asdict(), kind: _value(random.Random(seed), kind)}
    full = _full(values, MOST_BYTES)
    assert await writer.write([Insert(staging, to_item(full))]) == [WriteResult.APPLIED]


async def test_for_text_the_service_and_the_engine_agree_to_the_byte(
    writer: ConditionalWriter, staging: str, habits: Habits
) -> None:
    one_more = to_item(_full(LONGEST_KEY._asdict(), MOST_BYTES + 1))
    neighbour = to_item(ProductKey("seller", "neighbour")._asdict())
    results = await writer.write([Insert(staging, one_more), Insert(staging, neighbour)])
    refused = WriteResult.REFUSED if habits.limits_items else WriteResult.APPLIED
    assert results == [refused, WriteResult.APPLIED]


def _largest_half(kind: HalfKind, share: int) -> Half:
    name = "raw_caption" if kind is HalfKind.CAPTION else "thumbnails"
    return Half(LONGEST_KEY, kind, INSTANT, {name: "x" * (share - len(name))})


def _most_item_bytes() -> int:
    return AssemblyRules(staging_ttl=1, commit_allowance=1).most_item_bytes


@pytest.mark.parametrize("kind", HalfKind)
async def test_the_largest_half_that_is_not_quarantined_can_be_staged_and_marked_an_orphan(
    writer: ConditionalWriter, staging: str, kind: HalfKind
) -> None:
    staged = StagedHalf(
        half=_largest_half(kind, _most_item_bytes()),
        version="v" * 36,
        created_at=1,
        updated_at=1,
        expires_at=1,
        message_id="m" * 100,
        correlation_id="😀" * 32,
        orphaned_at=1,
    )
    assert await writer.write([Insert(staging, staged_to_item(staged))]) == [WriteResult.APPLIED]


async def test_the_largest_product_that_is_not_quarantined_can_be_written(
    writer: ConditionalWriter, products: str
) -> None:
    caption = _most_item_bytes() // 2
    product = Product(
        caption=_largest_half(HalfKind.CAPTION, caption),
        thumbnail=_largest_half(HalfKind.THUMBNAIL, _most_item_bytes() - caption),
        created_at=STAMP,
        updated_at=STAMP,
    )
    assert await writer.write([Insert(products, product_to_item(product))]) == [WriteResult.APPLIED]


# The HTTP library would rather be given a file when there is so much to send.
@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_rows_that_do_not_fit_into_one_response_are_read_with_the_next(
    account: Pipeline, writer: ConditionalWriter, products: str, habits: Habits
) -> None:
    keys = [ProductKey("seller", f"v{number}") for number in range(50)]
    rows: list[dict[str, Any]] = []
    for key in keys:
        caption = Half(key, HalfKind.CAPTION, INSTANT, {"raw_caption": "x" * 390_000})
        product = Product(caption, Half(key, HalfKind.THUMBNAIL, INSTANT, {}), STAMP, STAMP)
        rows.append(product_to_item(product))
    for start in range(0, 50, 10):
        writes = [Insert(products, row) for row in rows[start : start + 10]]
        assert await writer.write(writes) == [WriteResult.APPLIED] * 10
    left, looks = set(keys), 0
    while left:
        seen = await account.tables.look(left)
        assert seen, "every look has to bring something"
        assert all(stored.product for stored in seen.values())
        left, looks = left - seen.keys(), looks + 1
    assert (looks > 1) is habits.limits_answers
