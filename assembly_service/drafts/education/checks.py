"""Checks that need lookups: uniqueness, the account, the category."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education.actor import Actor
from assembly_service.drafts.education.category import (
    UNAVAILABLE,
    Determined,
    determine,
    implausible,
    local_time,
)
from assembly_service.drafts.education.codes import graduation_year
from assembly_service.drafts.education.record_reader import RecordReader
from assembly_service.drafts.education.records import (
    account_guard,
    value_guards,
)
from assembly_service.drafts.education.reference import Reference
from assembly_service.drafts.education.reference_items import UnreadableItem
from assembly_service.drafts.education.rules import (
    ACCOUNT_TAKEN,
    Findings,
    LocalRules,
    Violation,
)
from assembly_service.runtime.clock import Clock

ACCOUNT_REQUIRED = "Account ID is required"
ACCOUNT_INACCESSIBLE = "Account does not exist or is not accessible"
ACCOUNT_OF_ANOTHER = "User Business ID does not match the account"
PRIVILEGE_TOO_LOW = "Privilege is not sufficient to link this account"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCheck:
    """The result of checking an account; without errors it may be linked."""

    account_id: str | None
    is_consistent: bool
    is_accessible: bool
    is_privileged: bool
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCheck:
    """The category today, with warnings; `is_plausible` is False if V10 fails."""

    determined: Determined
    warnings: tuple[str, ...]
    is_plausible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Methods raise AWS's errors."""

    local_rules: LocalRules
    records: RecordReader
    reference: Reference
    clock: Clock

    def today(self) -> date:
        """Return today's date in Toronto."""
        return local_time(self.clock()).date()

    def local(self, data: Mapping[str, Value]) -> Findings:
        """Check V2 to V6, which need no lookup."""
        return self.local_rules.check(data, self.today())

    async def unique(
        self, data: Mapping[str, Value], organization: str, account_id: str | None = None
    ) -> Findings:
        """Check V2 to V8, and V9 if there is an account."""
        local = self.local(data)
        violations = local.violations + await self._taken(data, organization)
        if account_id is not None:
            violations += await self._account_taken(account_id)
        return Findings(violations, local.warnings)

    async def category(
        self, data: Mapping[str, Value], organization: str, *, lenient: bool
    ) -> CategoryCheck:
        """Determine the category. If `lenient`, an outage only costs the membership year."""
        warnings = []
        try:
            ends = await self.reference.membership_ends(organization)
        except (*AWS_ERRORS, UnreadableItem):
            if not lenient:
                raise
            ends = None
            warnings.append(UNAVAILABLE)
        determined = determine(
            graduated=graduation_year(data["graduationYear"]),
            today=self.today(),
            membership_ends=ends,
        )
        warning = implausible(determined.category, data["cotoStatus"])
        if warning is not None:
            warnings.append(warning)
        return CategoryCheck(
            determined=determined, warnings=tuple(warnings), is_plausible=warning is None
        )

    async def link(self, actor: Actor, business_id: str, account_id: str | None) -> LinkCheck:
        """Check whether the account may be linked. The first failed check gives the error."""
        account = None if account_id is None else await self.reference.account(account_id)
        if account is not None and account.organization != actor.organization:
            account = None
        is_accessible = account is not None and (actor.is_staff or actor.user_id in account.users)
        is_consistent = account is not None and account.business_id == business_id
        is_privileged = actor.may_act_for(business_id)
        checks = [
            (account_id is not None, ACCOUNT_REQUIRED),
            (account_id is None or is_accessible, ACCOUNT_INACCESSIBLE),
            (not is_accessible or is_consistent, ACCOUNT_OF_ANOTHER),
            (is_privileged, PRIVILEGE_TOO_LOW),
        ]
        errors = [sentence for holds, sentence in checks if not holds]
        if not errors and account_id is not None:
            errors = [each.message for each in await self._account_taken(account_id)]
        return LinkCheck(
            account_id=account_id,
            is_consistent=is_consistent,
            is_accessible=is_accessible,
            is_privileged=is_privileged,
            errors=tuple(errors),
        )

    async def _taken(self, data: Mapping[str, Value], organization: str) -> tuple[Violation, ...]:
        guards = value_guards(organization, data)
        exists = await asyncio.gather(*(self.records.exists(key) for key, _ in guards))
        return tuple(taken for (_, taken), is_taken in zip(guards, exists, strict=True) if is_taken)

    async def _account_taken(self, account_id: str) -> tuple[Violation, ...]:
        is_taken = await self.records.exists(account_guard(account_id))
        return (ACCOUNT_TAKEN,) if is_taken else ()
