"""Commits product drafts: product and target together."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from assembly_service.access.caller import Caller
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.attempts import GaveUp
from assembly_service.drafts.engine.commit import Committed, DraftCommit, NotCommitted
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.json_body import ReadBody
from assembly_service.drafts.engine.transactions import Action
from assembly_service.drafts.product import events, rules
from assembly_service.drafts.product.creation_metadata import MetadataFactory
from assembly_service.drafts.product.records import CreationMetadata, creation
from assembly_service.drafts.product.refusals import code_exists
from assembly_service.drafts.product.rules import PRODUCT, TARGET, State
from assembly_service.drafts.product.workflow import ProductDrafts, refuse_content


class ProductCommit:
    """Commits the drafts of callers."""

    def __init__(
        self, *, drafts: ProductDrafts, metadata: MetadataFactory, commit: DraftCommit
    ) -> None:
        self._drafts = drafts
        self._metadata = metadata
        self._commit = commit
        self.end_replay_later = commit.end_replay_later

    async def committable(
        self, caller: Caller, session_id: str, read_body: ReadBody, operation: str
    ) -> Draft:
        """Return the caller's draft if it may be, or was, committed. Raises Refusal."""
        draft = await self._drafts.owned(caller, session_id)
        now = self._drafts.clock()
        if draft.result is None and not draft.is_held(now):
            rules.refuse_unless_committable(draft, now)
        await refuse_content(read_body, operation)
        return draft

    async def commit(
        self, draft: Draft, caller: Caller, operation: str
    ) -> Committed | NotCommitted:
        """Create the records of a committable draft, or wait for the call that does."""
        return await self._commit.commit(
            draft,
            operation=operation,
            fix_record=partial(self._new_record, caller, operation),
        )

    async def _new_record(
        self, caller: Caller, operation: str, draft: Draft
    ) -> Mapping[str, Value]:
        organization = draft.named_owner.organization
        metadata = asdict(await self._metadata.new(organization, caller.user_id, operation))
        known = _known(draft)
        return {name: value for name, value in metadata.items() if known.get(name) != value}


class ProductRecords:
    """What the engine needs to commit product drafts."""

    committed_state: str = State.COMMITTED

    def __init__(self, records_table: str) -> None:
        self._records_table = records_table

    check = staticmethod(rules.refuse_unless_committable)
    held = staticmethod(rules.taken_for_commit)
    failed = staticmethod(rules.given_up)
    started = staticmethod(events.commit_started)

    def records(self, held: Draft) -> list[Action]:
        """Return the writes of the product, its target and what guards them."""
        return creation(
            self._records_table, _metadata(held), held.parts[PRODUCT], held.parts.get(TARGET, {})
        )

    def result(self, held: Draft) -> Mapping[str, Value]:
        """Return the ids of both records."""
        metadata = _metadata(held)
        return {
            "productGuid": metadata.product_guid,
            "targetGuid": metadata.target_guid,
            "productCode": held.parts[PRODUCT]["productCode"],
            "targetConfigured": TARGET in held.parts,
        }

    def succeeded(self, held: Draft) -> Event:
        """Return the event that both records exist."""
        return events.commit_success(held, _metadata(held))

    def failure(self, held: Draft, gave_up: GaveUp) -> NotCommitted:
        """Return a summary and the cause; a code taken meanwhile is an expected one."""
        errors = (
            f"Failed to commit session after {gave_up.attempts} attempts",
            gave_up.cause.text,
        )
        taken = code_exists(str(held.parts[PRODUCT]["productCode"]))
        return NotCommitted(errors, is_expected=gave_up.cause.text == taken)

    def failed_event(self, failed: Draft, operation: str) -> Event:
        """Return the event that the commit gave up."""
        return events.commit_failed(failed, operation, failed.errors)


def _metadata(held: Draft) -> CreationMetadata:
    return CreationMetadata(**{**_known(held), **held.commit_lease.record})


def _known(draft: Draft) -> dict[str, Value]:
    """Return what a draft says of its metadata itself, unless somebody else commits it."""
    return {"organization": draft.named_owner.organization, "actor": draft.named_owner.user_id}
