"""The steps of a product draft before its commit: create, add the product, configure the target."""

from functools import partial

from assembly_service.access.caller import Caller
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.draft import Draft, Owner
from assembly_service.drafts.engine.identifiers import new_session_id
from assembly_service.drafts.engine.json_body import (
    InvalidBody,
    Mistakes,
    ReadBody,
    read_object,
    unknown_lines,
)
from assembly_service.drafts.engine.lifetime import Lifetime
from assembly_service.drafts.engine.ownership import belongs_to
from assembly_service.drafts.engine.system_drafts import Drafts, DraftSystem
from assembly_service.drafts.product import events, rules
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.product_fields import read_product
from assembly_service.drafts.product.refusals import (
    Action,
    code_taken,
    invalid,
    no_organization,
    not_allowed,
    translate,
)
from assembly_service.drafts.product.target_fields import read_target

PRODUCT_DRAFTS = DraftSystem(
    name=rules.SYSTEM,
    refuse=translate,
    expired=rules.expired,
    expired_event=events.session_expired,
)


class ProductDrafts:
    """Takes the steps before the commit. Methods raise Refusal, and AWS's errors in an outage."""

    def __init__(
        self,
        *,
        drafts: Drafts,
        catalogue: ProductCatalogue,
        code_rule: ProductCodeRule,
        share_within_organization: bool,
        lifetime: Lifetime,
    ) -> None:
        self._drafts = drafts
        self.clock = drafts.clock
        self._catalogue = catalogue
        self._code_rule = code_rule
        self._share_within_organization = share_within_organization
        self._lifetime = lifetime

    async def create(self, caller: Caller, read_body: ReadBody, operation: str) -> Draft:
        """Create a draft."""
        owner = owner_of(caller, "create")
        await refuse_content(read_body, operation)
        draft = rules.new_draft(new_session_id(), owner, self._lifetime, self.clock())
        await self._drafts.create(draft, events.session_created(draft, operation))
        return draft

    async def add_product(
        self, caller: Caller, session_id: str, read_body: ReadBody, operation: str
    ) -> Draft:
        """Store the product, in place of any before it."""
        draft = await self.owned(caller, session_id)
        rules.refuse_unless_open(draft, self.clock())
        try:
            product = read_product(read_object(await read_body()), code_rule=self._code_rule)
        except InvalidBody as error:
            raise invalid("Product validation failed", error, operation) from None
        code = str(product["productCode"])
        if await self._catalogue.has_code(draft.named_owner.organization, code):
            raise code_taken(code, operation)
        return await self._drafts.change(
            draft,
            lambda draft, now: rules.with_product(draft, product, now),
            lambda draft: events.product_added(draft, operation),
        )

    async def configure_target(
        self, caller: Caller, session_id: str, read_body: ReadBody, operation: str
    ) -> Draft:
        """Store the target, in place of any before it."""
        draft = await self.owned(caller, session_id)
        rules.refuse_target_without_product(draft, self.clock())
        try:
            target = read_target(_given(await read_body()))
        except InvalidBody as error:
            raise invalid("Target validation failed", error, operation) from None
        return await self._drafts.change(
            draft,
            lambda draft, now: rules.with_target(draft, target, now),
            lambda draft: events.target_configured(draft, operation),
        )

    async def owned(self, caller: Caller, session_id: str) -> Draft:
        """Return the caller's draft if it is alive. Notes an expiry.

        Raises Refusal, the same one whatever keeps the draft from the caller.
        """
        if not caller.may_prepare_products:
            raise not_allowed("create")
        may_see = partial(
            belongs_to, caller=caller, share_within_organization=self._share_within_organization
        )
        return await self._drafts.find(session_id, may_see)


def owner_of(caller: Caller, action: Action) -> Owner:
    """Return whom the caller acts for. Raises Refusal without the right, or an organisation."""
    if not caller.may_prepare_products:
        raise not_allowed(action)
    if caller.organization is None:
        raise no_organization()
    return Owner(caller.user_id, caller.organization)


def _given(body: bytes) -> dict[str, Value]:
    """Parse a body. A missing one does not mean a product for everyone: it may have been lost."""
    if not body:
        raise InvalidBody(["The body is missing: send {} if the product is for everyone"])
    return read_object(body)


async def refuse_content(read_body: ReadBody, operation: str) -> None:
    """Raises Refusal unless the body is empty or `{}`."""
    mistakes = Mistakes()
    try:
        mistakes.add(*unknown_lines(read_object(await read_body()), (), "field"))
        mistakes.raise_any()
    except InvalidBody as error:
        raise invalid("Request validation failed", error, operation) from None
