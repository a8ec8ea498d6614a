"""The catalogue's calls: products created without a draft, and changes to products and targets."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from assembly_service.access.caller import Caller
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.draft import Owner
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.json_body import InvalidBody, ReadBody, read_object
from assembly_service.drafts.product.catalogue import Listing, ProductCatalogue, Wanted
from assembly_service.drafts.product.catalogue_writes import (
    CatalogueWriter,
    Change,
    ConditionLost,
)
from assembly_service.drafts.product.creation_metadata import MetadataFactory
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.product_fields import merge_product, read_product
from assembly_service.drafts.product.records import ProductWithTarget
from assembly_service.drafts.product.refusals import (
    ProductRefusal,
    changed_meanwhile,
    code_exists,
    code_taken,
    invalid,
    product_not_found,
    target_not_found,
)
from assembly_service.drafts.product.target_fields import merge_target, whole_target
from assembly_service.drafts.product.workflow import owner_of
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.jitter import spread

_LOOKS = 8
_LOOK_AGAIN_SECONDS = 0.2

Accepts = Callable[[str], bool]
"""Whether the caller accepts to change this version of a product; raises Refusal."""
_Write = Callable[[ProductWithTarget, dict[str, Value], Change], Awaitable[ProductWithTarget]]
"""Applies the changes sent to a stored product; raises InvalidBody and ConditionLost."""


class CatalogueWorkflow:
    """Serves the catalogue's calls. Methods raise Refusal, and AWS's errors in an outage."""

    def __init__(
        self,
        *,
        catalogue: ProductCatalogue,
        writer: CatalogueWriter,
        code_rule: ProductCodeRule,
        metadata: MetadataFactory,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._writer = writer
        self._code_rule = code_rule
        self._metadata = metadata
        self._clock = clock

    async def create(self, caller: Caller, body: ReadBody, operation: str) -> ProductWithTarget:
        """Create a product that is for everyone."""
        owner = owner_of(caller, "create")
        try:
            product = read_product(read_object(await body()), code_rule=self._code_rule)
        except InvalidBody as error:
            raise invalid("Product validation failed", error, operation) from None
        metadata = await self._metadata.new(owner.organization, owner.user_id, operation)
        try:
            return await self._writer.create(metadata, product)
        except ConditionLost as lost:
            raise (_code_taken(lost, product, operation) or _contended()) from None

    async def read(self, caller: Caller, guid: str) -> ProductWithTarget:
        """Return a product with its target."""
        return await self._find(owner_of(caller, "read"), guid)

    async def newest(self, caller: Caller, wanted: Wanted) -> Listing:
        """Return a page of the products of the caller's organisation."""
        organization = owner_of(caller, "read").organization
        if wanted.code is not None:
            return await self._catalogue.with_code(organization, wanted.code, wanted)
        return await self._catalogue.newest(
            organization, limit=wanted.limit, after=wanted.after, fits=wanted.fits
        )

    async def change_product(
        self, caller: Caller, guid: str, body: ReadBody, accepts: Accepts, operation: str
    ) -> ProductWithTarget:
        """Change some of a product's fields. Values that it already has change nothing."""
        owner = owner_of(caller, "change")

        async def write(
            stored: ProductWithTarget, sent: dict[str, Value], change: Change
        ) -> ProductWithTarget:
            product = merge_product(stored.fields(), sent, code_rule=self._code_rule)
            if product == stored.fields():
                return stored
            try:
                return await self._writer.change_product(stored, product, change)
            except ConditionLost as lost:
                raise (_code_taken(lost, product, operation) or lost) from None

        try:
            return await self._change(owner, guid, body, accepts, operation, write)
        except InvalidBody as error:
            raise invalid("Product validation failed", error, operation) from None

    async def change_target(
        self, caller: Caller, guid: str, body: ReadBody, accepts: Accepts, operation: str
    ) -> ProductWithTarget:
        """Change some of a target's criteria. Values that it already has change nothing."""
        owner = owner_of(caller, "change")

        async def write(
            stored: ProductWithTarget, sent: dict[str, Value], change: Change
        ) -> ProductWithTarget:
            criteria = merge_target(stored.criteria(), sent)
            if whole_target(criteria) == whole_target(stored.criteria()):
                return stored
            return await self._writer.change_target(stored, criteria, change)

        try:
            return await self._change(owner, guid, body, accepts, operation, write)
        except InvalidBody as error:
            raise invalid("Target validation failed", error, operation) from None

    async def product_of_target(self, caller: Caller, target_guid: str) -> str:
        """Return the guid of the product whose target this is."""
        owner = owner_of(caller, "change")
        guid = None
        if is_guid(target_guid):
            guid = await self._catalogue.product_of_target(owner.organization, target_guid.lower())
        if guid is None:
            raise target_not_found(target_guid)
        return guid

    async def _change(
        self,
        owner: Owner,
        guid: str,
        body: ReadBody,
        accepts: Accepts,
        operation: str,
        write: _Write,
    ) -> ProductWithTarget:
        stored = await self._accepted(owner, guid, accepts)
        sent = read_object(await body())
        if not sent:
            return stored
        fields = tuple(sorted(sent))
        for _ in range(_LOOKS):
            change = Change(
                actor=owner.user_id, at=self._clock(), operation_id=operation, fields=fields
            )
            with suppress(ConditionLost):
                return await write(stored, sent, change)
            await asyncio.sleep(spread(0, _LOOK_AGAIN_SECONDS))
            stored = await self._accepted(owner, guid, accepts)
        raise _contended()

    async def _find(self, owner: Owner, guid: str) -> ProductWithTarget:
        found = None
        if is_guid(guid):
            found = await self._catalogue.product(owner.organization, guid.lower())
        if found is None:
            raise product_not_found(guid)
        return found

    async def _accepted(self, owner: Owner, guid: str, accepts: Accepts) -> ProductWithTarget:
        stored = await self._find(owner, guid)
        if not accepts(stored.version):
            raise changed_meanwhile(guid)
        return stored


def _code_taken(
    lost: ConditionLost, product: Mapping[str, Value], operation: str
) -> ProductRefusal | None:
    code = str(product["productCode"])
    return code_taken(code, operation) if str(lost) == code_exists(code) else None


def _contended() -> ProductRefusal:
    return ProductRefusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The product is being changed by many at once: try again in a moment.",
        headers={"Retry-After": "1"},
    )
