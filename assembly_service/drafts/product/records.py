"""The rows of products, their targets and what guards them in the records table."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.audit import audit
from assembly_service.drafts.engine.transactions import Action, put_new
from assembly_service.drafts.product.refusals import code_exists
from assembly_service.drafts.product.target_fields import whole_target
from assembly_service.storage.attribute_values import Item, from_item, to_item

CodeScope = Literal["organization", "global"]
MatchMode = Literal["any", "all"]

COUNTERS: Item = {"pk": {"S": "COUNTERS"}, "sk": {"S": "PRODUCT"}}
"""Holds the last numbers taken, in the attributes `products` and `targets`."""
_TARGET_SUFFIX = "#TARGET"
_ID_IN_USE = "The record id is already in use"
_HIDDEN = {"pk", "sk", "organization", "version", "code_scope"}
_PRODUCTS_OWN = _HIDDEN | {"productGuid", "productNumber", "createdBy", "createdAt", "updatedAt"}
_TARGETS_OWN = _HIDDEN | {
    "targetGuid",
    "targetNumber",
    "productGuid",
    "matchMode",
    "createdAt",
    "updatedAt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationMetadata:
    """What new records hold besides what people entered, fixed before the first write.

    `written_at` is in milliseconds since 1970; the numbers are for people, and have gaps.
    """

    organization: str
    actor: str
    operation_id: str
    written_at: int
    product_guid: str
    target_guid: str
    product_number: int
    target_number: int
    match_mode: MatchMode
    code_scope: CodeScope


def creation(
    table: str,
    metadata: CreationMetadata,
    product: Mapping[str, Value],
    target: Mapping[str, Value],
) -> list[Action]:
    """Return the writes that create a product with its target, to be applied together."""
    code, pair = str(product["productCode"]), created(metadata, product, target)
    return [
        guard(table, metadata.organization, metadata.code_scope, code, metadata.product_guid),
        put_new(table, pair.product, if_refused=_ID_IN_USE),
        put_new(table, pair.target, if_refused=_ID_IN_USE),
        put_new(table, _pointer_item(metadata), if_refused=_ID_IN_USE),
        audit(
            table,
            record_id=metadata.product_guid,
            actor=metadata.actor,
            at=metadata.written_at,
            operation_id=metadata.operation_id,
            done={"action": "create", "productCode": code, "targetGuid": metadata.target_guid},
        ),
    ]


def guard(table: str, organization: str, scope: CodeScope, code: str, product_guid: str) -> Action:
    """Return the write that takes the code for a product, and fails if it is taken."""
    item = {**guard_key(organization, scope, code), "product_guid": {"S": product_guid}}
    return put_new(table, item, if_refused=code_exists(code))


def guard_key(organization: str, scope: CodeScope, code: str) -> Item:
    """Return the key that every product with this code has to take."""
    within = "GLOBAL" if scope == "global" else f"ORG:{organization}"
    return {"pk": {"S": f"CODE#{within}#{code}"}, "sk": {"S": "GUARD"}}


def product_key(organization: str, product_guid: str) -> Item:
    """Products of an organisation sort in the order of their creation."""
    return {"pk": {"S": f"ORG#{organization}"}, "sk": {"S": f"PRODUCT#{product_guid}"}}


def target_key(organization: str, product_guid: str) -> Item:
    """A target sorts right after its product, and there can be only one."""
    sort = f"PRODUCT#{product_guid}{_TARGET_SUFFIX}"
    return {"pk": {"S": f"ORG#{organization}"}, "sk": {"S": sort}}


def pointer_key(organization: str, target_guid: str) -> Item:
    """The key of the row that names the product of a target."""
    return {"pk": {"S": f"ORG#{organization}"}, "sk": {"S": f"TARGET#{target_guid}"}}


def is_target(item: Item) -> bool:
    """Whether a row among an organisation's products is a target."""
    sort: str = item["sk"]["S"]
    return sort.endswith(_TARGET_SUFFIX)


@dataclass(frozen=True, slots=True)
class ProductWithTarget:
    """Both rows, as of one instant."""

    product: Item
    target: Item

    @property
    def guid(self) -> str:
        """The product's id."""
        return guid_in(self.product)

    @property
    def organization(self) -> str:
        """The organisation of both."""
        return str(self.product["organization"]["S"])

    @property
    def code(self) -> str:
        """The product's code."""
        return str(self.product["productCode"]["S"])

    @property
    def code_scope(self) -> CodeScope:
        """The scope in which the product's code was taken."""
        scope: CodeScope = self.product["code_scope"]["S"]
        return scope

    def fits(self, wanted: Mapping[str, int]) -> bool:
        """Whether the product has all these values."""
        return all(self.product.get(name) == {"N": str(code)} for name, code in wanted.items())

    def fields(self) -> dict[str, Value]:
        """Return the fields of the product that people enter."""
        return _without(_PRODUCTS_OWN, self.product)

    def criteria(self) -> dict[str, Value]:
        """Return the criteria of the target."""
        return _without(_TARGETS_OWN, self.target)

    @property
    def version(self) -> str:
        """Changes with every change of either."""
        return f"{self.product['version']['N']}.{self.target['version']['N']}"

    def shown(self) -> dict[str, Value]:
        """Return both as clients see them."""
        product, target = (_without(_HIDDEN, row) for row in (self.product, self.target))
        return {
            **product,
            "osot_table_audience_targetid": target["targetGuid"],
            # Rows have only the criteria that are on.
            "audienceTarget": {**whole_target({}), **target},
        }


def created(
    metadata: CreationMetadata, product: Mapping[str, Value], target: Mapping[str, Value]
) -> ProductWithTarget:
    """Return the rows of a new product and its target."""
    return ProductWithTarget(_product_item(metadata, product), _target_item(metadata, target))


def pairs(rows: Sequence[Item]) -> list[ProductWithTarget]:
    """Return every product whose target is among the rows too."""
    targets = {row["sk"]["S"]: row for row in rows if is_target(row)}
    return [
        ProductWithTarget(row, targets[row["sk"]["S"] + _TARGET_SUFFIX])
        for row in rows
        if row["sk"]["S"] + _TARGET_SUFFIX in targets
    ]


def guid_in(key: Item) -> str:
    """Return the product's id in its key."""
    sort: str = key["sk"]["S"]
    return sort.removeprefix("PRODUCT#")


def changed_product(stored: Item, product: Mapping[str, Value], at: int) -> Item:
    """Return the row of a product with all its fields replaced."""
    return _renewed({name: stored[name] for name in stored if name in _PRODUCTS_OWN}, product, at)


def changed_target(stored: Item, criteria: Mapping[str, Value], at: int) -> Item:
    """Return the row of a target with all its criteria replaced."""
    kept = {name: stored[name] for name in stored if name in _TARGETS_OWN}
    return _renewed(kept, criteria, at)


def _renewed(own: Item, given: Mapping[str, Value], at: int) -> Item:
    changed = {"updatedAt": format_milliseconds(at), "version": int(own["version"]["N"]) + 1}
    return {**own, **to_item({**given, **changed})}


def _without(names: Set[str], row: Item) -> dict[str, Value]:
    return {name: value for name, value in from_item(row).items() if name not in names}


def _product_item(metadata: CreationMetadata, product: Mapping[str, Value]) -> Item:
    own = {
        "productGuid": metadata.product_guid,
        "productNumber": f"osot-prod-{metadata.product_number:07d}",
        "code_scope": metadata.code_scope,
        "createdBy": metadata.actor,
    }
    key = product_key(metadata.organization, metadata.product_guid)
    return {**key, **to_item({**own, **product, **_dated(metadata)})}


def _target_item(metadata: CreationMetadata, target: Mapping[str, Value]) -> Item:
    own = {
        "targetGuid": metadata.target_guid,
        "targetNumber": f"osot-tgt-{metadata.target_number:07d}",
        "productGuid": metadata.product_guid,
        "matchMode": metadata.match_mode,
    }
    key = target_key(metadata.organization, metadata.product_guid)
    return {**key, **to_item({**own, **target, **_dated(metadata)})}


def _pointer_item(metadata: CreationMetadata) -> Item:
    key = pointer_key(metadata.organization, metadata.target_guid)
    return {**key, "productGuid": {"S": metadata.product_guid}}


def _dated(metadata: CreationMetadata) -> dict[str, Value]:
    at = format_milliseconds(metadata.written_at)
    return {
        "organization": metadata.organization,
        "createdAt": at,
        "updatedAt": at,
        "version": 1,
    }
