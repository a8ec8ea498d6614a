"""The scan of staged halves, on a real engine."""

import pytest

from assembly_service.domain.plan import StageHalf
from assembly_service.domain.product import HalfKind
from assembly_service.settings.service import Settings
from assembly_service.storage.attribute_values import Item
from assembly_service.storage.rows import staged_to_item
from tests.harness.halves import staged
from tests.harness.pipeline import Pipeline

pytestmark = pytest.mark.conditions


KEY = {"video_id": {"S": "of-another"}, "seller_handle": {"S": "hand"}}
WHOLE = staged_to_item(staged(HalfKind.CAPTION))


@pytest.mark.parametrize(
    "changed",
    [
        {"version": {"N": "1"}},
        {"expires_at": {"S": "tomorrow"}},
        {"caption_data": {"S": "a text"}},
        {"caption_data": {"M": {**WHOLE["caption_data"]["M"], "tags": {"SS": ["a", "b"]}}}},
    ],
)
async def test_an_unreadable_row_does_not_hide_the_others(
    account: Pipeline, settings: Settings, changed: Item
) -> None:
    mine = staged(HalfKind.CAPTION)
    await account.tables.write([StageHalf(mine)])
    await account.clients.dynamodb.put_item(
        TableName=settings.dynamodb_staging_table, Item=WHOLE | KEY | changed
    )
    assert [half async for page in account.tables.scan_staged() for half in page] == [mine]
