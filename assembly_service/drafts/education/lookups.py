"""Finds the sessions of a member, and created records."""

from dataclasses import dataclass
from typing import Any

from assembly_service.access.caller import Caller
from assembly_service.drafts.education.actor import Actor, actor_of
from assembly_service.drafts.education.record_reader import RecordReader
from assembly_service.drafts.education.records import StoredRecord
from assembly_service.drafts.education.reference import rows_of
from assembly_service.drafts.education.refusals import (
    no_member,
    no_record_of_member,
    record_not_found,
)
from assembly_service.drafts.education.sessions import Session, member_partition
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.system_drafts import Drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class EducationLookups:
    """Methods raise EducationRefusal, and AWS's errors. `client` reads the drafts table."""

    drafts: Drafts
    records: RecordReader
    client: Any
    drafts_table: str

    async def sessions(self, caller: Caller, business_id: str | None) -> list[Session]:
        """Return the sessions of a member that the caller may see, soonest to expire first."""
        actor, business_id = _searching(caller, business_id)
        partition = member_partition(actor.organization, business_id)
        sessions = []
        for row in await rows_of(self.client, self.drafts_table, partition):
            draft = await self.drafts.store.read(row["sk"]["S"])
            if draft is not None and self._is_shown(draft, actor, business_id):
                sessions.append(Session(draft))
        return sorted(sessions, key=lambda session: session.draft.expires_at)

    async def record(self, caller: Caller, record_id: str) -> StoredRecord:
        """Return a record of the caller's organisation; an Owner sees only their own."""
        actor = actor_of(caller)
        record = None
        if is_guid(record_id):
            record = await self.records.record(actor.organization, record_id.lower())
        if record is None or not actor.may_act_for(record.business_id):
            raise record_not_found()
        return record

    async def record_of_member(self, caller: Caller, business_id: str | None) -> StoredRecord:
        """Return the record of a member of the caller's organisation."""
        actor, business_id = _searching(caller, business_id)
        record = await self.records.record_of_member(actor.organization, business_id)
        if record is None:
            raise no_record_of_member()
        return record

    def _is_shown(self, draft: Draft, actor: Actor, business_id: str) -> bool:
        now, session = self.drafts.clock(), Session(draft)
        return (
            draft.is_visible(now)
            and not session.has_expired(now)
            and actor.may_see(draft)
            and session.business_id == business_id
        )


def _searching(caller: Caller, business_id: str | None) -> tuple[Actor, str]:
    """Return the actor and the member. Raises EducationRefusal unless they may act for one."""
    actor = actor_of(caller)
    if not business_id:
        raise no_member()
    actor.refuse_other_member(business_id)
    return actor, business_id
