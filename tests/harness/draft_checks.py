"""Invariants of the drafts' tables."""

from collections.abc import Collection, Iterable, Mapping

from assembly_service.drafts.engine.rows import LAST
from assembly_service.drafts.product.records import COUNTERS, guid_in
from assembly_service.drafts.product.rules import PRODUCT, State
from assembly_service.storage.attribute_values import Item
from tests.harness.drafts import (
    ORGANIZATION,
)

Place = tuple[str, str]


def whole_products(records: Iterable[Item], organization: str = ORGANIZATION) -> dict[str, Item]:
    """The products by id, of a records table with one organisation.

    Raises AssertionError unless each has one target, pointer, guard and audit item, and nothing
    else exists.
    """
    there = {place(row): row for row in records}
    own = f"ORG#{organization}"
    products = {
        guid_in(row): row
        for (key, sort), row in there.items()
        if key == own and sort.startswith("PRODUCT#") and not sort.endswith("#TARGET")
    }
    left = set(there) - {place(COUNTERS)}
    for guid, product in products.items():
        target = there.get((own, f"PRODUCT#{guid}#TARGET"))
        assert target is not None, f"product {guid} has no target"
        pointer = (own, f"TARGET#{target['targetGuid']['S']}")
        guard = (f"CODE#ORG:{organization}#{product['productCode']['S']}", "GUARD")
        assert there.get(pointer, {}).get("productGuid") == {"S": guid}
        assert there.get(guard, {}).get("product_guid") == {"S": guid}
        [audit] = [each for each in there if each[0] == f"AUDIT#{guid}"]
        left -= {place(product), place(target), pointer, guard, audit}
    assert not left, f"orphans: {left}"
    return products


def check_results(
    drafts: Collection[Item], products: Mapping[str, Item], *, beside: Collection[str] = ()
) -> dict[str, str]:
    """The product id of each committed draft, by draft id.

    Raises AssertionError unless each product was made by the one draft that names it. Products with
    the ids `beside` were made without a draft.
    """
    made = {}
    for row in drafts:
        assert ("result" in row) is (row["state"] == {"S": State.COMMITTED})
        if "result" in row:
            result = row["result"]["M"]
            made[row["id"]["S"]] = guid = result["productGuid"]["S"]
            assert result["productCode"] == products[guid]["productCode"]
    assert sorted([*made.values(), *beside]) == sorted(products)
    return made


def check_locked(locked: Item, part: Item, product: Item) -> None:
    """Check that a product has what its draft, and its part apart, had when it was locked."""
    assert locked["apart"]["M"][PRODUCT] == part["version"]
    given = part["part"]["M"]
    assert {name: product.get(name) for name in given} == given
    assert locked["record"]["M"]["product_guid"] == product["productGuid"]


def successes(drafts: Iterable[Item]) -> list[str]:
    """The ids of the drafts with a success event in the outbox."""
    suffix = f"#{LAST}"
    return sorted(
        row["sk"]["S"].removesuffix(suffix) for row in drafts if row["sk"]["S"].endswith(suffix)
    )


def place(row: Item) -> Place:
    """The key of a row."""
    return row["pk"]["S"], row["sk"]["S"]
