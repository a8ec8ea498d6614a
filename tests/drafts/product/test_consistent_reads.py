"""Every read of a draft or a product is consistent, since steps are decided on it."""

from dataclasses import replace

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    running_instance,
)
from tests.harness.drafts import (
    answer_lost,
)
from tests.harness.reads import ReadsSeen


async def test_a_draft_and_its_product_are_read_as_last_written(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    reads, writes = ReadsSeen(clients.dynamodb), ReadsSeen(clients.dynamodb_writes)
    seen = replace(clients, dynamodb=reads, dynamodb_writes=writes)
    async with running_instance(seen, orchestrator_settings) as instance:
        admin = instance.admin
        draft = await admin.draft_with_product()
        assert (await admin.configure_target(draft)).status == 200
        assert (await admin.progress(draft)).status == 200
        committed = await admin.commit(draft)
        assert committed.status == 200, committed
        assert (await admin.call("GET", PRODUCTS)).status == 200
        target = f"{PRODUCTS}/{committed.body['productGuid']}/target"
        changed = await admin.call("PATCH", target, {"osot_province": [1]})
        assert changed.status == 200, changed
        # After a lost answer it reads whether the write was applied.
        instance.reads.orders["transact_write_items"].append(answer_lost)
        made = await admin.call("POST", PRODUCTS, {**PRODUCT, "productCode": "OTHER-2026"})
        assert made.status == 201, made
        await instance.events(draft)
    assert {operation for operation, _ in reads.consistent} == {"get_item", "query"}
    assert all(consistent for _, consistent in reads.consistent + writes.consistent)
