"""What the cases of commits share: readers that poll meanwhile, and special AWS clients."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from assembly_service.drafts.engine.draft import Lease
from assembly_service.drafts.product.records import product_key, target_key
from tests.drafts.product.support import (
    PRODUCTS,
    Instance,
)
from tests.harness.drafts import (
    ORGANIZATION,
    Held,
    Json,
)

ONE_OF_EACH = {"products": 1, "targets": 1, "guards": 1, "audits": 1}
"""What the records table holds after one product was created."""
LEASE_MILLISECONDS = 30_000


class HeldAfterwards(Held):
    """A call that is carried out, and whose answer is held until it is let go."""

    async def __call__(self, carry_out: Any) -> Any:
        answer = await carry_out()
        self.reached.set()
        await self.let_go.wait()
        return answer


class Recording:
    """A client of AWS that keeps what every transaction was sent with.

    One that is `forgetful` gives each transaction a token of its own, as if the database had not
    seen the one before.
    """

    def __init__(self, client: Any, *, forgetful: bool = False) -> None:
        self._client = client
        self._forgetful = forgetful
        self.sent: list[Mapping[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    async def transact_write_items(self, **arguments: Any) -> Any:
        self.sent.append(arguments)
        if self._forgetful:
            arguments = {**arguments, "ClientRequestToken": str(uuid4())}
        return await self._client.transact_write_items(**arguments)


def recorded(instance: Instance, *, forgetful: bool = False) -> Recording:
    """Record the attempts of an instance's commits."""
    recording = Recording(instance.writes._client, forgetful=forgetful)
    instance.writes._client = recording
    return recording


async def lease_of(instance: Instance, session_id: str) -> Lease:
    """The record fixed by the commit that holds, or last held, the draft."""
    draft = await instance.engine.store.read(session_id)
    assert draft is not None
    assert draft.lease is not None
    return draft.lease


class Reader:
    """Looks at an organisation's products in every way that there is, again and again.

    `seen` are the products that were there in the last round.
    """

    def __init__(self, instance: Instance, session_ids: tuple[str, ...]) -> None:
        self._instance = instance
        self._session_ids = session_ids
        self._guids: set[str] = set()
        self.seen: set[str] = set()
        self._looked = asyncio.Condition()
        self._looks = 0

    async def look(self) -> None:
        """Fails if a product exists without its target."""
        await self._learn_guids()
        answer = await self._instance.admin.call("GET", PRODUCTS)
        listed = {product["productGuid"]: product for product in answer.body["products"]}
        for guid, product in listed.items():
            assert product["audienceTarget"]["productGuid"] == guid
        for guid in self._guids | set(listed):
            await self._look_at(guid)
        self.seen = set(listed)
        async with self._looked:
            self._looks += 1
            self._looked.notify_all()

    async def looked_again(self) -> None:
        """Wait for a round that starts from now on."""
        before = self._looks
        async with self._looked:
            await self._looked.wait_for(lambda: self._looks >= before + 2)

    async def _learn_guids(self) -> None:
        """A draft names a product's id before the product exists."""
        for session_id in self._session_ids:
            draft = await self._instance.engine.store.read(session_id)
            if draft and draft.lease and draft.lease.record:
                self._guids.add(draft.lease.record["product_guid"])

    async def _look_at(self, guid: str) -> None:
        answer = await self._instance.admin.call("GET", f"{PRODUCTS}/{guid}")
        if answer.status == 200:
            target: Json = answer.body["audienceTarget"]
            assert target["targetGuid"] == answer.body["osot_table_audience_targetid"]
        else:
            assert answer.status == 404, answer
        both = await self._instance.reads.transact_get_items(
            TransactItems=[
                {"Get": {"TableName": self._instance.settings.dynamodb_records_table, "Key": key}}
                for key in (product_key(ORGANIZATION, guid), target_key(ORGANIZATION, guid))
            ]
        )
        there = ["Item" in each for each in both["Responses"]]
        assert there in ([True, True], [False, False])


@asynccontextmanager
async def reading(instance: Instance, *session_ids: str) -> AsyncIterator[Reader]:
    """Keep reading, and read once more at the end. Fails if a read fails."""
    reader, stop = Reader(instance, session_ids), asyncio.Event()

    async def keep_looking() -> None:
        while not stop.is_set():
            await reader.look()

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_looking())
        yield reader
        stop.set()
    await reader.look()
