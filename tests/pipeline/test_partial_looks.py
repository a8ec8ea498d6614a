"""An unprocessed key is not mistaken for one without rows."""

from typing import Any

import pytest

from tests.harness.hooks import before_call
from tests.harness.one_batch import handle_together
from tests.harness.pipeline import Pipeline
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    THUMBNAIL,
    assert_assembled,
    assert_settled,
    send_pair,
)

pytestmark = pytest.mark.conditions

TABLES = pytest.mark.parametrize(
    "tables", [("products",), ("staging",), ("products", "staging")], ids="+".join
)


def leave_unprocessed(pipeline: Pipeline, *tables: str) -> list[str]:
    """Let the next look leave out the keys of these tables; return the writes before the one after.

    Writes before everything was read are blind.
    """
    names = {getattr(pipeline.settings, f"dynamodb_{table}_table") for table in tables}
    client = pipeline.clients.dynamodb_writes
    get, looks, blind = client.batch_get_item, [], []

    async def get_partly(*, RequestItems: Any, **others: Any) -> Any:  # noqa: N803
        looks.append(RequestItems)
        left = {name: RequestItems[name] for name in names} if len(looks) == 1 else {}
        asked = {name: part for name, part in RequestItems.items() if name not in left}
        answer = await get(RequestItems=asked, **others) if asked else {"Responses": {}}
        return answer | {"UnprocessedKeys": left}

    def note() -> None:
        if len(looks) == 1:
            blind.append("write")

    client.batch_get_item = get_partly
    for operation in ("batch_execute_statement", "put_item"):
        before_call(client, operation, note)
    return blind


@TABLES
async def test_a_repeated_half_is_not_staged_beside_its_product(
    pipeline: Pipeline, tables: tuple[str, ...]
) -> None:
    await send_pair(pipeline)
    await handle_together(pipeline, caption=1, thumbnail=1)
    await pipeline.send(CAPTION, A_CAPTION)
    blind = leave_unprocessed(pipeline, *tables)
    await handle_together(pipeline, caption=1)
    assert blind == []
    assert pipeline.count(CAPTION, "duplicate") == 1
    await assert_settled(pipeline)


@TABLES
async def test_a_half_finds_the_staged_other_one(
    pipeline: Pipeline, tables: tuple[str, ...]
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await handle_together(pipeline, caption=1)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    blind = leave_unprocessed(pipeline, *tables)
    await handle_together(pipeline, thumbnail=1)
    assert blind == []
    await assert_assembled(pipeline, A_CAPTION, A_THUMBNAIL)
    await assert_settled(pipeline)
