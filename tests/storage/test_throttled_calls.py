"""A throttled call is split by seller, so that one seller cannot fail the others."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from assembly_service.aws.clients import Clients
from assembly_service.domain.plan import StageHalf
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.settings.service import Settings
from assembly_service.storage.assembly_tables import AssemblyTables
from assembly_service.storage.conditional_writes import WriteResult
from tests.harness.halves import NOW, half
from tests.harness.pipeline import Pipeline

HOT = "hot"
SELLERS = ["a", HOT, "b", HOT, "c"]
KEYS = [ProductKey(seller, f"v{number}") for number, seller in enumerate(SELLERS)]


class Throttled:
    """The engine behind a client that throttles every call with the hot seller."""

    def __init__(self, client: Any, code: str) -> None:
        self._client = client
        self._code = code
        self.calls: list[int] = []

    def __getattr__(self, operation: str) -> Any:
        async def call(**parameters: Any) -> Any:
            self.calls.append(1)
            if HOT in str(parameters):
                error = {"Code": self._code, "Message": "Slow down."}
                raise ClientError({"Error": error}, operation)
            return await getattr(self._client, operation)(**parameters)

        return call


def tables_behind(clients: Clients, settings: Settings, code: str) -> AssemblyTables:
    return AssemblyTables(
        client=Throttled(clients.dynamodb_writes, code),
        products_table=settings.dynamodb_products_table,
        staging_table=settings.dynamodb_staging_table,
    )


def staged(key: ProductKey, version: str = "v1") -> StagedHalf:
    return StagedHalf(half(HalfKind.CAPTION, key=key), version, NOW, NOW, NOW, "m", "c")


def expected(well: WriteResult, hot: WriteResult) -> list[WriteResult]:
    return [hot if key.seller_handle == HOT else well for key in KEYS]


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
async def test_reads_and_writes_of_other_sellers_succeed(
    account: Pipeline, settings: Settings, code: str
) -> None:
    tables = tables_behind(account.clients, settings, code)
    writes = [StageHalf(staged(key)) for key in KEYS]
    assert await tables.write(writes) == expected(WriteResult.APPLIED, WriteResult.ITEM_FAILED)
    seen = await tables.look(KEYS)
    assert list(seen) == [key for key in KEYS if key.seller_handle != HOT]
    assert all(state.staged is not None for state in seen.values())
    discarded = await tables.discard([staged(key) for key in KEYS])
    assert discarded == expected(WriteResult.APPLIED, WriteResult.ITEM_FAILED)


async def test_a_call_that_fails_for_another_reason_is_not_split_and_names_no_item(
    account: Pipeline, settings: Settings
) -> None:
    tables = tables_behind(account.clients, settings, "InternalServerError")
    writes = [StageHalf(staged(key)) for key in KEYS]
    assert await tables.write(writes) == [WriteResult.CALL_FAILED] * len(KEYS)
    with pytest.raises(ClientError):
        await tables.look(KEYS)
