"""Project sessions: create, read, save, delete, validate, commit."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial

from assembly_service.access.caller import Caller
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.call_limits import CallLimits
from assembly_service.drafts.engine.commit import Committed, DraftCommit, NotCommitted
from assembly_service.drafts.engine.draft import Draft, Owner, Part
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.identifiers import is_session_id, new_session_id, reference_of
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.ownership import belongs_to
from assembly_service.drafts.engine.system_drafts import Drafts, DraftSystem
from assembly_service.drafts.project import events, rules
from assembly_service.drafts.project.fields import Data
from assembly_service.drafts.project.projects import new_metadata
from assembly_service.drafts.project.refusals import limit_reached, translate
from assembly_service.drafts.project.rules import SYSTEM, Sent, SessionRules, parts_of, verdict_on
from assembly_service.drafts.project.validation import Verdict

PROJECT_SESSIONS = DraftSystem(
    name=SYSTEM,
    refuse=translate,
    expired=rules.expired,
    expired_event=events.expired,
    shown_id=events.shown_id,
    left_at=rules.left_at,
)


class Sessions:
    """Methods raise ProjectRefusal, and AWS's errors during an outage."""

    def __init__(
        self,
        *,
        drafts: Drafts,
        commit: DraftCommit,
        limits: CallLimits,
        session_rules: SessionRules,
        metrics: DraftMetrics,
    ) -> None:
        self.clock = drafts.clock
        self.end_replay_later = commit.end_replay_later
        self._drafts = drafts
        self._commit = commit
        self._limits = limits
        self._rules = session_rules
        self._metrics = metrics

    async def create(
        self, caller: Caller | None, sent: Sent, client: Part, operation: str
    ) -> Draft:
        """Create a session, owned by the caller if there is one."""
        owner = None if caller is None else Owner(caller.user_id, "")
        draft = rules.new_session(
            new_session_id(),
            owner,
            sent,
            client,
            lifetime=self._rules.lifetime,
            now=self.clock(),
        )
        await self._drafts.create(draft, events.created(draft, operation))
        return draft

    async def count_create(self, address: str) -> None:
        """Count a creation by its address. Raises ProjectRefusal at the limit."""
        await self._count("create", address, self._rules.creates)

    async def read(self, caller: Caller | None, session_id: str) -> tuple[Draft, Verdict]:
        """Read a session and validate it as of today."""
        draft = await self.find(caller, session_id)
        await self._count("read", draft.reference, self._rules.reads)
        return draft, self._verdict(draft)

    async def update(
        self, caller: Caller | None, session_id: str, sent: Sent, operation: str
    ) -> tuple[Draft, Verdict]:
        """Save changes key by key."""
        after = await self._drafts.merge(
            await self.find(caller, session_id),
            lambda draft, now: rules.update(draft, sent, self._rules, now),
            lambda draft: events.updated(draft, sent, operation),
        )
        return after, self._verdict(after)

    async def delete(self, caller: Caller | None, session_id: str, operation: str) -> int:
        """Delete a session. Returns the time of the deletion."""
        if is_session_id(session_id):
            await self._count("delete", reference_of(session_id.lower()), self._rules.deletes)
        deleted_at = self.clock()

        def decide(draft: Draft, now: int) -> Event:
            rules.refuse_unless_open(draft, now)
            return events.deleted(draft, deleted_at, operation)

        await self._drafts.delete(await self.find(caller, session_id), decide)
        return deleted_at

    async def validate(
        self, caller: Caller | None, session_id: str, step: int, over: Data
    ) -> Verdict:
        """Validate a session overlaid with other values. Stores nothing."""
        draft = await self._drafts.count_call(
            await self.find(caller, session_id),
            "validate-session",
            lambda draft, now: rules.counted_dry_run(draft, self._rules, now),
        )
        verdict = self._verdict(draft, over)
        if verdict.of_step(step):
            self._metrics.mistakes.labels(SYSTEM, str(step)).inc()
        return verdict

    async def commit(self, draft: Draft, operation: str) -> Committed | NotCommitted:
        """Create the project of a session, or wait for the call that does."""

        async def new_record(of: Draft) -> Mapping[str, Value]:
            user_id = of.owner.user_id if of.owner else None
            return asdict(new_metadata(operation, self.clock(), user_id=user_id, session=of))

        return await self._commit.commit(draft, operation=operation, fix_record=new_record)

    async def find(self, caller: Caller | None, session_id: str) -> Draft:
        """Return the session, if the caller may see it and it has not expired.

        A user's session is theirs, whatever organisation the token names.
        """
        who = None if caller is None else replace(caller, organization=None)
        return await self._drafts.find(session_id, partial(belongs_to, caller=who))

    def _verdict(self, draft: Draft, over: Data | None = None) -> Verdict:
        return verdict_on(parts_of(draft), self._rules.project, self.clock(), over or {})

    async def _count(self, call: str, key: str, limit: int) -> None:
        reached = await self._limits.count(call, key, limit)
        if reached is not None:
            raise limit_reached(reached)
