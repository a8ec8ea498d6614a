"""Writes the records table: a product and its target are never there one without the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from assembly_service.aws.errors import is_aws_error
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.transactions import Action, cause_of, lost, transact
from assembly_service.drafts.product.records import (
    ProductWithTarget,
    Stamp,
    audit,
    changed_product,
    changed_target,
    created,
    creation,
    guard,
    guard_key,
)
from assembly_service.storage.attribute_values import Item

_CHANGED_MEANWHILE = "The product was changed meanwhile"


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
    """Writes products and targets, and answers with both rows as they were written.

    Methods raise ConditionLost, and AWS's errors where it is not known that the write was applied.
    `client` may repeat a call by itself: transactions carry a token.
    """

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def create(self, stamp: Stamp, product: Mapping[str, Value]) -> ProductWithTarget:
        """Write a product with an open target, under a code that nothing has yet."""
        *actions, audited = creation(self._table, stamp, product, {})
        await self._write(actions, audited)
        return created(stamp, product, {})

    async def change_product(
        self, there: ProductWithTarget, product: Mapping[str, Value], change: Change
    ) -> ProductWithTarget:
        """Write the product's fields anew; a new code is taken and the old one given free."""
        after = changed_product(there.product, product, change.at)
        actions = [self._put(after, there.product), self._unchanged(there.target)]
        code = str(product["productCode"])
        if code != there.code:
            old_key = guard_key(there.organization, there.code_scope, there.code)
            actions += [
                guard(self._table, there.organization, there.code_scope, code, there.guid),
                Action(request={"Delete": {"TableName": self._table, "Key": old_key}}),
            ]
        await self._write(actions, self._audited(there, change, "change product"))
        return ProductWithTarget(after, there.target)

    async def change_target(
        self, there: ProductWithTarget, criteria: Mapping[str, Value], change: Change
    ) -> ProductWithTarget:
        """Write the target's criteria anew."""
        after = changed_target(there.target, criteria, change.at)
        actions = [self._put(after, there.target), self._unchanged(there.product)]
        await self._write(actions, self._audited(there, change, "change target"))
        return ProductWithTarget(there.product, after)

    async def _write(self, actions: list[Action], audited: Action) -> None:
        actions = [*actions, audited]
        try:
            await transact(self._client, actions, token=str(uuid4()))
        except Exception as error:
            if lost(error):
                raise ConditionLost(cause_of(error, actions).text) from None
            # The answer may have been lost, and not the write.
            if not is_aws_error(error) or not await self._is_there(audited):
                raise

    async def _is_there(self, put: Action) -> bool:
        item = put.request["Put"]["Item"]
        answer = await self._client.get_item(
            TableName=self._table,
            Key={"pk": item["pk"], "sk": item["sk"]},
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        return "Item" in answer

    def _put(self, item: Item, there: Item) -> Action:
        return Action(
            request={"Put": {"TableName": self._table, "Item": item, **_as_read(there)}},
            if_refused=_CHANGED_MEANWHILE,
        )

    def _unchanged(self, there: Item) -> Action:
        """The other half of the pair, on whose state the change was decided."""
        check = {
            "TableName": self._table,
            "Key": {"pk": there["pk"], "sk": there["sk"]},
            **_as_read(there),
        }
        return Action(request={"ConditionCheck": check}, if_refused=_CHANGED_MEANWHILE)

    def _audited(self, there: ProductWithTarget, change: Change, action: str) -> Action:
        return audit(
            self._table,
            product_guid=there.guid,
            actor=change.actor,
            at=change.at,
            operation_id=change.operation_id,
            done={"action": action, "fields": list(change.fields)},
        )


def _as_read(there: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": there["version"]},
    }
