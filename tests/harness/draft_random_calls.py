"""Random draft calls on two engines at once, which have to answer alike."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from botocore.exceptions import ClientError

from assembly_service.aws.errors import cancellation_codes, code_of
from assembly_service.drafts.engine.draft import Draft, Lease
from assembly_service.drafts.engine.transactions import Action, transact
from assembly_service.drafts.product import events, rules
from assembly_service.drafts.product.records import CreationMetadata, creation
from assembly_service.drafts.product.rules import PRODUCT, State
from tests.harness.draft_orchestrator import ADA, Orchestrator, sends
from tests.harness.drafts import (
    ORGANIZATION,
    YEAR_2100,
)

_CODES = ("FIRST-CODE", "SECOND-CODE", "THIRD-CODE")
_LEASE_MILLISECONDS = 30_000


class Both:
    """A client whose calls run on two engines. Raises AssertionError if they differ."""

    def __init__(self, *engines: Any) -> None:
        self._engines = engines
        self.agreed = 0
        self.refused = 0

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        async def call(**arguments: Any) -> Any:
            outcomes = [await _outcome(each, operation, arguments) for each in self._engines]
            first, second = (_compared(each) for each in outcomes)
            assert first == second, operation
            self.agreed += 1
            if isinstance(outcomes[0], ClientError):
                self.refused += 1
                raise outcomes[0]
            return outcomes[0]

        return call


@dataclass
class RandomCalls:
    """Calls with current and former states of drafts."""

    orchestrator: Orchestrator
    luck: random.Random
    drafts: list[Draft] = field(default_factory=list)

    async def make(self, calls: int) -> None:
        """Make two drafts, then calls about them."""
        for _ in range(2):
            await self._create()
        kinds = [self._create, self._write, self._write, self._commit, self._purge, self._read]
        for _ in range(calls):
            await self.luck.choice(kinds)()

    async def _create(self) -> None:
        drafts = self.orchestrator.drafts
        made = await drafts.create(ADA, sends(b""), "create")
        code = self.luck.choice(_CODES)
        self.drafts.append(
            await self.orchestrator.engine_drafts.change(
                made,
                lambda draft, now: rules.with_product(draft, {"productCode": code}, now),
                lambda draft: events.product_added(draft, "add"),
            )
        )

    async def _write(self) -> None:
        """Any step from any version of any draft, which may have expired."""
        before = self.luck.choice(self.drafts)
        now = YEAR_2100 + self.luck.choice([0, 0, 0, rules.LIFETIME_MILLISECONDS])
        lease = await self._lease(now)
        after, event = self.luck.choice(
            [
                (
                    replace(before, state=State.COMMITTING, lease=lease),
                    events.commit_started(before, "c"),
                ),
                (rules.given_up(before, ("why",), now), events.commit_failed(before, "c", ["why"])),
                (rules.expired(before, now), events.session_expired(before, "e")),
            ]
        )
        after = replace(after, version=before.version + 1)
        if await self.orchestrator.store.replace(before, after, event, now=now):
            self.drafts.append(after)

    async def _commit(self) -> None:
        """The write of a commit, from any version that was held, possibly repeated."""
        held = [draft for draft in self.drafts if draft.lease is not None]
        if held:
            draft = self.luck.choice(held)
            actions = self._actions(draft)
            token = self.luck.choice([_lease(draft).token, self._uuid()])
            with suppress(ClientError):
                await transact(self.orchestrator.writes, actions, token=token)

    def _actions(self, draft: Draft) -> list[Action]:
        metadata = CreationMetadata(**_lease(draft).record)
        return [
            *creation(self.orchestrator.records_table, metadata, draft.parts[PRODUCT], {}),
            *self.orchestrator.store.commit_actions(
                draft,
                state=State.COMMITTED,
                result={"productGuid": metadata.product_guid},
                event=events.commit_success(draft, metadata),
            ),
        ]

    async def _purge(self) -> None:
        draft = self.luck.choice(self.drafts)
        token = draft.lease.token if draft.lease else "another"
        await self.orchestrator.store.purge(draft.id, token=token, at=YEAR_2100 + 5_000)

    async def _read(self) -> None:
        one, draft = self.orchestrator, self.luck.choice(self.drafts)
        await one.store.read(draft.id)
        await one.catalogue.has_code(ORGANIZATION, self.luck.choice(_CODES))
        listing = await one.catalogue.newest(ORGANIZATION, limit=5, after=None, fits={})
        for product in listing.products:
            await one.catalogue.product(ORGANIZATION, product.guid)
        waiting = [each async for page in one.outbox.waiting(draft.id) for each in page]
        await one.outbox.clear(waiting[: self.luck.randrange(3)])
        now = YEAR_2100 + self.luck.choice([0, rules.LIFETIME_MILLISECONDS])
        assert all([each async for each in one.store.overdue(rules.SYSTEM, now=now)])

    async def _lease(self, now: int) -> Lease:
        metadata = await self.orchestrator.metadata.new(
            ORGANIZATION, "ada", f"commit {self._uuid()}"
        )
        record = {name: getattr(metadata, name) for name in CreationMetadata.__slots__}
        return Lease(token=self._uuid(), until=now + _LEASE_MILLISECONDS, record=record)

    def _uuid(self) -> str:
        return str(UUID(int=self.luck.getrandbits(128)))


def _lease(draft: Draft) -> Lease:
    assert draft.lease is not None
    return draft.lease


async def _outcome(engine: Any, operation: str, arguments: dict[str, Any]) -> Any:
    try:
        return await getattr(engine, operation)(**arguments)
    except ClientError as error:
        return error


def _compared(outcome: Any) -> Any:
    """What callers read; the index returns rows of equal expiry in any order."""
    if isinstance(outcome, ClientError):
        return code_of(outcome), cancellation_codes(outcome)
    kept = {name: outcome.get(name) for name in ("Item", "Items", "Responses", "Attributes")}
    kept["Items"] = sorted(kept["Items"] or [], key=repr)
    return {name: value or None for name, value in kept.items()}
