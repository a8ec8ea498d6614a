"""A walk through every call of the orchestrator and every answer of the document."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import uuid4

from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.openapi import openapi_document
from tests.drafts.product.support import (
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Answer,
    Held,
    TroubledClient,
    timed_out,
)

DOCUMENT = openapi_document([product_drafts_document()])
CALLS: Mapping[str, tuple[str, str, Any]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in product_drafts_document().paths.items()
    for method, operation in item.items()
}
"""Method, path and operation by operation id."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A call; `example` names the example of the document that was its body."""

    operation: str
    example: str | None
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Calls from the document, and all their answers. `ids` are an existing draft and record."""

    caller: Caller
    ids: Mapping[str, str] = field(default_factory=lambda: {"sessionId": _any(), "guid": _any()})
    taken: list[Taken] = field(default_factory=list)

    def by(self, **who: Any) -> "Walk":
        """The same walk by another caller, as `token` names them."""
        return Walk(caller=self.caller.as_(**who), ids=self.ids, taken=self.taken)

    def at(self, **ids: str) -> "Walk":
        """The same walk with other ids in the paths."""
        return Walk(caller=self.caller, ids={**self.ids, **ids}, taken=self.taken)

    async def call(
        self,
        operation: str,
        example: str | None = None,
        *,
        body: object = None,
        query: str = "",
        headers: Mapping[str, str] = {},
    ) -> Any:
        """The body of the answer to one call."""
        method, path, described = CALLS[operation]
        if example is not None:
            examples = described["requestBody"]["content"]["application/json"]["examples"]
            body = examples[example]["value"]
        answer = await self.caller.call(
            method, path.format_map(self.ids) + query, body, headers=headers
        )
        self.taken.append(Taken(operation=operation, example=example, answer=answer))
        return answer.body

    async def new_draft(self, *, product: bool = True) -> "Walk":
        """The same walk at a new draft."""
        made = await self.call("createProductSession", "newDraft")
        there = self.at(sessionId=made["sessionId"])
        if product:
            await there.call("addProductToSession", "workshop")
        return there


async def walk(instance: Instance) -> list[Taken]:
    """Provoke every answer at least once."""
    start = Walk(caller=instance.admin)
    await _prepare(await start.new_draft(product=False))
    await _commit(instance, start)
    product, target = await _catalogue(start.by(organization=_any()))
    draft = await product.new_draft(product=False)
    await draft.call("addProductToSession", body=_workshop("ONE-MORE"))
    target = target.at(sessionId=draft.ids["sessionId"])
    for operation in CALLS:
        there = target if operation == "updateAudienceTarget" else draft
        await _refusals_of_all(instance, there, operation)
    return start.taken


async def _prepare(walk: Walk) -> None:
    await walk.call("createProductSession", "notEmpty")
    await walk.by(organization=None).call("createProductSession", "newDraft")
    await walk.call("getProductSessionProgress")
    await walk.call("configureSessionTarget", "everyone")
    await walk.call("commitProductSession", "success")
    await walk.call("addProductToSession", "severalMistakes")
    await walk.call("addProductToSession", "workshop")
    await walk.call("getProductSessionProgress")
    for example in ("severalMistakes", "everyone", "students"):
        await walk.call("configureSessionTarget", example)
    await walk.call("getProductSessionProgress")
    await walk.call("getProductSession")
    nowhere = walk.at(sessionId=_any())
    for operation, (_, path, _) in CALLS.items():
        if "{sessionId}" in path:
            await nowhere.call(operation)


async def _commit(instance: Instance, walk: Walk) -> None:
    other, walk = await walk.new_draft(), await walk.new_draft()
    await walk.call("configureSessionTarget", "students")
    attempts = instance.writes.orders["transact_write_items"]
    attempts.extend([timed_out] * 3)
    await walk.call("commitProductSession", "success")
    await walk.call("getProductSessionProgress")
    held = Held()
    attempts.append(held)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(walk.call("commitProductSession", "success"))
        await held.reached.wait()
        await _calls_at(walk)
        held.let_go.set()
    await _calls_at(walk)
    await other.call("commitProductSession", "success")
    await other.call("addProductToSession", "workshop")


async def _calls_at(walk: Walk) -> None:
    await walk.call("getProductSessionProgress")
    await walk.call("addProductToSession", "workshop")
    await walk.call("configureSessionTarget", "everyone")
    await walk.call("commitProductSession", "success")


def _workshop(code: str) -> dict[str, Any]:
    """The product of the example, with another code."""
    example = CALLS["createCatalogueProduct"][2]["requestBody"]["content"]["application/json"]
    return {**example["examples"]["workshop"]["value"], "productCode": code}


async def _catalogue(walk: Walk) -> tuple[Walk, Walk]:
    """At a product, and at its target."""
    made = await walk.call("createCatalogueProduct", "workshop")
    await walk.call("createCatalogueProduct", "workshop")
    await walk.call("createCatalogueProduct", "severalMistakes")
    product = walk.at(guid=made["productGuid"])
    target = walk.at(guid=made["audienceTarget"]["targetGuid"])
    for operation, there in (
        ("updateCatalogueProductTarget", product),
        ("updateAudienceTarget", target),
    ):
        await there.call(operation, "students")
        await there.call(operation, "severalMistakes")
    await walk.call("listCatalogueProducts", query="?limit=1&status=1&category=4")
    await walk.call("listCatalogueProducts", query="?limit=0&status=9")
    await product.call("getCatalogueProduct")
    await product.call("updateCatalogueProduct", "cheaper")
    await product.call("updateCatalogueProduct", "severalMistakes")
    await _conflicts(walk, product, target)
    for operation in _catalogue_calls():
        await walk.by(organization=None).call(operation)
        await walk.at(guid=_any()).call(operation)
    return product, target


async def _conflicts(walk: Walk, product: Walk, target: Walk) -> None:
    old = {"If-Match": '"0.0"'}
    await product.call("updateCatalogueProduct", "cheaper", headers=old)
    await product.call("updateCatalogueProductTarget", "students", headers=old)
    await target.call("updateAudienceTarget", "students", headers=old)
    made = await walk.call("createCatalogueProduct", body=_workshop("ANOTHER"))
    await walk.at(guid=made["productGuid"]).call(
        "updateCatalogueProduct", body={"productCode": "osot-workshop-2026"}
    )


async def _refusals_of_all(instance: Instance, walk: Walk, operation: str) -> None:
    nobody = Walk(caller=Caller(session=walk.caller.session, token=None), taken=walk.taken)
    await nobody.call(operation)
    await walk.by(privilege="owner").call(operation)
    body = CALLS[operation][2].get("requestBody")
    examples = body and body["content"]["application/json"]["examples"]
    if examples:
        walk.taken.append(await _too_large(walk, operation))
        await walk.call(operation, body=b"nonsense", headers={"Content-Encoding": "gzip"})
        await walk.call(operation, body=b"{}", headers={"Content-Encoding": "br"})
    for trouble in (timed_out, _broken):
        _order(instance.reads, trouble)
        await walk.call(operation, next(iter(examples)) if examples else None)
        instance.reads.orders.clear()


async def _too_large(walk: Walk, operation: str) -> Taken:
    method, path, _ = CALLS[operation]
    headers = {"Authorization": f"Bearer {walk.caller.token}"}
    async with walk.caller.session.request(
        method, path.format_map(walk.ids), data=BytesIO(b" " * (1024**2 + 1)), headers=headers
    ) as response:
        answer = Answer(response.status, await response.json(), dict(response.headers))
    return Taken(operation=operation, example=None, answer=answer)


def _order(client: TroubledClient, trouble: Any) -> None:
    for name in ("get_item", "update_item", "query", "transact_get_items", "transact_write_items"):
        client.orders[name].extend([trouble] * 9)


async def _broken(_: object) -> Any:
    raise RuntimeError("a mistake in the code")


def _catalogue_calls() -> list[str]:
    return [name for name, (_, path, _) in CALLS.items() if "orchestrate" not in path]


def _any() -> str:
    return str(uuid4())
