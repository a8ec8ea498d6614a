"""The product orchestrator: create, add the product, configure its target, commit.

Each call looks at the draft, decides by the rules, and writes on the condition that the draft is
still as it was looked at. When another write came between, it looks and decides again.
"""

import asyncio
import random
from collections.abc import Callable
from http import HTTPStatus

import structlog

from assembly_service.aws.errors import is_aws_error
from assembly_service.clock import Clock
from assembly_service.drafts.access.caller import Caller
from assembly_service.drafts.engine.draft import Draft, Owner
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.relay import Relay
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.product import events, rules
from assembly_service.drafts.product.bodies import InvalidBody, ReadBody, read_object, unknown_lines
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.identifiers import (
    is_session_id,
    new_session_id,
    operation_id,
)
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.product_fields import read_product
from assembly_service.drafts.product.refusals import (
    Refusal,
    code_taken,
    invalid,
    no_organization,
    not_allowed,
    session_not_found,
)
from assembly_service.drafts.product.target_fields import read_target

_LOOKS = 8
_LOOK_AGAIN_SECONDS = 0.05

log = structlog.get_logger()


class ProductDrafts:
    """The steps before the commit. Calls raise Refusal, and AWS's errors during an outage."""

    def __init__(
        self,
        *,
        store: DraftStore,
        catalogue: ProductCatalogue,
        relay: Relay,
        code_rule: ProductCodeRule,
        share_within_organization: bool,
        clock: Clock,
        metrics: DraftMetrics,
    ) -> None:
        self.store = store
        self._catalogue = catalogue
        self.relay = relay
        self._code_rule = code_rule
        self._share_within_organization = share_within_organization
        self.clock = clock
        self._metrics = metrics

    async def create(self, caller: Caller, read_body: ReadBody, operation: str) -> Draft:
        """A new draft, which lives for two hours."""
        owner = owner_of(caller)
        await refuse_content(read_body, operation)
        draft = rules.new_draft(new_session_id(), owner, self.clock())
        await self.store.create(draft, events.session_created(draft, operation))
        self.relay.nudge(draft.id)
        return draft

    async def add_product(
        self, caller: Caller, session_id: str, read_body: ReadBody, operation: str
    ) -> Draft:
        """Store the product, or another in its place."""
        draft = await self.owned(caller, session_id)
        rules.refuse_change(draft, self.clock())
        try:
            product = read_product(read_object(await read_body()), code_rule=self._code_rule)
        except InvalidBody as error:
            raise invalid("Product validation failed", error.lines, operation) from None
        code = str(product["productCode"])
        if await self._catalogue.has_code(draft.owner.organization, code):
            raise code_taken(code, operation)
        return await self.change(
            draft,
            lambda draft, now: rules.with_product(draft, product, now),
            lambda draft: events.product_added(draft, operation),
        )

    async def configure_target(
        self, caller: Caller, session_id: str, read_body: ReadBody, operation: str
    ) -> Draft:
        """Store whom the product is for, or others in their place."""
        draft = await self.owned(caller, session_id)
        rules.refuse_target_without_product(draft, self.clock())
        try:
            target = read_target(read_object(await read_body()))
        except InvalidBody as error:
            raise invalid("Target validation failed", error.lines, operation) from None
        return await self.change(
            draft,
            lambda draft, now: rules.with_target(draft, target, now),
            lambda draft: events.target_configured(draft, operation),
        )

    async def owned(self, caller: Caller, session_id: str) -> Draft:
        """The caller's draft, if it is still visible. Notes the end of one that is not.

        Raises Refusal, the same one whatever the reason that there is none for the caller.
        """
        if not caller.may_prepare_products:
            raise not_allowed()
        draft = None
        if is_session_id(session_id):
            draft = await self.store.read(session_id.lower())
        if draft is None or not self._belongs(draft, caller):
            raise session_not_found(session_id)
        now = self.clock()
        if draft.expires_unnoticed(now):
            await self._note_expiry_if_possible(draft)
        if not draft.is_visible(now):
            raise session_not_found(session_id)
        return draft

    async def change(
        self,
        draft: Draft,
        decide: Callable[[Draft, int], Draft],
        tell: Callable[[Draft], Event],
    ) -> Draft:
        """Write what `decide` makes of the draft, together with the event that `tell` gives.

        `decide` gets the draft as it stands and the time, and raises Refusal.
        """
        for _ in range(_LOOKS):
            now = self.clock()
            after = decide(draft, now)
            if await self.store.replace(draft, after, tell(after), now=now):
                self.relay.nudge(draft.id)
                return after
            await asyncio.sleep(random.uniform(0, _LOOK_AGAIN_SECONDS))  # noqa: S311 - spread
            there = await self.store.read(draft.id)
            if there is None or not there.is_visible(self.clock()):
                raise session_not_found(draft.id)
            draft = there
        raise Refusal(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The session is being changed by many at once: try again in a moment.",
            headers={"Retry-After": "1"},
        )

    async def note_expiry(self, draft: Draft) -> None:
        """Record that a draft expired and tell of it; of all who try only one does."""
        now = self.clock()
        after = rules.expired(draft, now)
        event = events.session_expired(after, operation_id("expire", draft.id))
        if await self.store.replace(draft, after, event, now=now):
            self._metrics.abandoned.labels(rules.SYSTEM, draft.state).inc()
            self.relay.nudge(draft.id)

    async def _note_expiry_if_possible(self, draft: Draft) -> None:
        try:
            await self.note_expiry(draft)
        except Exception as error:
            if not is_aws_error(error):
                raise
            # The sweeper will: the caller's answer is the same without it.
            log.warning("draft_expiry_not_noted", session_id=draft.id)

    def _belongs(self, draft: Draft, caller: Caller) -> bool:
        if draft.owner.organization != caller.organization:
            return False
        return self._share_within_organization or draft.owner.user_id == caller.user_id


def owner_of(caller: Caller) -> Owner:
    """Who the caller acts for. Raises Refusal if they may not, or for no organisation."""
    if not caller.may_prepare_products:
        raise not_allowed()
    if caller.organization is None:
        raise no_organization()
    return Owner(caller.user_id, caller.organization)


async def refuse_content(read_body: ReadBody, operation: str) -> None:
    """Raises Refusal if a body that may only be empty or `{}` holds anything."""
    try:
        lines = unknown_lines(read_object(await read_body()), (), "field")
    except InvalidBody as error:
        lines = error.lines
    if lines:
        raise invalid("Request validation failed", lines, operation)
