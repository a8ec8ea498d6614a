"""Writes the records table: products and their targets, never one without the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.audit import audit
from assembly_service.drafts.engine.transactions import Action, cause_of, lost, transact
from assembly_service.drafts.product.records import (
    CreationMetadata,
    ProductWithTarget,
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
    """Nothing was written because a condition failed; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes which fields, when (milliseconds since 1970), and in which call."""

    actor: str
    at: int
    operation_id: str
    fields: tuple[str, ...]


class CatalogueWriter:
    """Writes products and targets, and returns both rows as written.

    Methods raise ConditionLost, and AWS's errors where the write may not have been applied.
    `client` may retry calls: transactions carry a token.
    """

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def create(
        self, metadata: CreationMetadata, product: Mapping[str, Value]
    ) -> ProductWithTarget:
        """Write a product that is for everyone, with an unused code."""
        *actions, audited = creation(self._table, metadata, product, {})
        await self._write(actions, audited)
        return created(metadata, product, {})

    async def change_product(
        self, stored: ProductWithTarget, product: Mapping[str, Value], change: Change
    ) -> ProductWithTarget:
        """Replace the product's fields; a new code is taken and the old one released."""
        after = changed_product(stored.product, product, change.at)
        actions = [self._put(after, stored.product), self._unchanged(stored.target)]
        code = str(product["productCode"])
        if code != stored.code:
            old_key = guard_key(stored.organization, stored.code_scope, stored.code)
            actions += [
                guard(self._table, stored.organization, stored.code_scope, code, stored.guid),
                Action(request={"Delete": {"TableName": self._table, "Key": old_key}}),
            ]
        await self._write(actions, self._audited(stored, change, "change product"))
        return ProductWithTarget(after, stored.target)

    async def change_target(
        self, stored: ProductWithTarget, criteria: Mapping[str, Value], change: Change
    ) -> ProductWithTarget:
        """Replace the target's criteria."""
        after = changed_target(stored.target, criteria, change.at)
        actions = [self._put(after, stored.target), self._unchanged(stored.product)]
        await self._write(actions, self._audited(stored, change, "change target"))
        return ProductWithTarget(stored.product, after)

    async def _write(self, actions: list[Action], audited: Action) -> None:
        actions = [*actions, audited]
        try:
            await transact(self._client, actions, token=str(uuid4()))
        except AWS_ERRORS as error:
            if lost(error):
                raise ConditionLost(cause_of(error, actions).text) from None
            # Perhaps only the answer was lost.
            if not await self._was_written(audited):
                raise

    async def _was_written(self, put: Action) -> bool:
        item = put.request["Put"]["Item"]
        answer = await self._client.get_item(
            TableName=self._table, Key={"pk": item["pk"], "sk": item["sk"]}, ConsistentRead=True
        )
        return "Item" in answer

    def _put(self, item: Item, stored: Item) -> Action:
        return Action(
            request={"Put": {"TableName": self._table, "Item": item, **_as_read(stored)}},
            if_refused=_CHANGED_MEANWHILE,
        )

    def _unchanged(self, stored: Item) -> Action:
        """Check that the other half of the pair is as it was when the change was decided."""
        check = {
            "TableName": self._table,
            "Key": {"pk": stored["pk"], "sk": stored["sk"]},
            **_as_read(stored),
        }
        return Action(request={"ConditionCheck": check}, if_refused=_CHANGED_MEANWHILE)

    def _audited(self, stored: ProductWithTarget, change: Change, action: str) -> Action:
        return audit(
            self._table,
            record_id=stored.guid,
            actor=change.actor,
            at=change.at,
            operation_id=change.operation_id,
            done={"action": action, "fields": list(change.fields)},
        )


def _as_read(stored: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": stored["version"]},
    }
