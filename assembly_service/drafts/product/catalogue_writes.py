"""Writes the records table: a product and its target are never there one without the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.core.transactions import Action, cause_of, lost, transact
from assembly_service.drafts.product.records import (
    ProductWithTarget,
    Stamp,
    audit,
    changed_product,
    changed_target,
    creation,
    guard,
    guard_key,
)
from assembly_service.storage.attribute_values import Item


class ConditionLost(Exception):
    """Nothing was written, because of what is there; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes which fields of a record, when (milliseconds since 1970), and in which call."""

    actor: str
    at: int
    operation_id: str
    fields: tuple[str, ...]


class CatalogueWriter:
    """Writes products and targets. Methods raise ConditionLost.

    `client` may repeat a call by itself: transactions carry a token.
    """

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def create(self, stamp: Stamp, product: Mapping[str, Value]) -> None:
        """Write a product with an open target, under a code that nothing has yet."""
        await self._write(creation(self._table, stamp, product, {}))

    async def change_product(
        self, there: ProductWithTarget, product: Mapping[str, Value], change: Change
    ) -> None:
        """Write the product's fields anew; a new code is taken and the old one given free."""
        actions = [
            self._put(changed_product(there.product, product, change.at), there.product),
            self._unchanged(there.target),
            self._audited(there, change, "change product"),
        ]
        code = str(product["productCode"])
        if code != there.code:
            old_key = guard_key(there.organization, there.code_scope, there.code)
            actions += [
                guard(self._table, there.organization, there.code_scope, code, there.guid),
                Action(request={"Delete": {"TableName": self._table, "Key": old_key}}),
            ]
        await self._write(actions)

    async def change_target(
        self, there: ProductWithTarget, criteria: Mapping[str, Value], change: Change
    ) -> None:
        """Write the target's criteria anew."""
        actions = [
            self._put(changed_target(there.target, criteria, change.at), there.target),
            self._unchanged(there.product),
            self._audited(there, change, "change target"),
        ]
        await self._write(actions)

    async def _write(self, actions: list[Action]) -> None:
        try:
            await transact(self._client, actions, token=str(uuid4()))
        except Exception as error:
            if not lost(error):
                raise
            raise ConditionLost(cause_of(error, actions).text) from None

    def _put(self, item: Item, there: Item) -> Action:
        return Action(
            request={"Put": {"TableName": self._table, "Item": item, **_as_read(there)}},
            if_refused=CHANGED_MEANWHILE,
        )

    def _unchanged(self, there: Item) -> Action:
        """The other half of the pair, on whose state the change was decided."""
        check = {
            "TableName": self._table,
            "Key": {"pk": there["pk"], "sk": there["sk"]},
            **_as_read(there),
        }
        return Action(request={"ConditionCheck": check}, if_refused=CHANGED_MEANWHILE)

    def _audited(self, there: ProductWithTarget, change: Change, action: str) -> Action:
        return audit(
            self._table,
            product_guid=there.guid,
            actor=change.actor,
            at=change.at,
            operation_id=change.operation_id,
            done={"action": action, "fields": list(change.fields)},
        )


CHANGED_MEANWHILE = "The product was changed meanwhile"


def _as_read(there: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": there["version"]},
    }
