"""What each step does to a session. Pure: the caller passes the time and all lookups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education.category import Category, Determined
from assembly_service.drafts.education.fields import ACCOUNT_ID, StageRequest
from assembly_service.drafts.education.refusals import WrongStep, being_created, not_found
from assembly_service.drafts.education.rules import FLAGS, Findings
from assembly_service.drafts.education.status import ALLOWED, CREATED, Status, Step
from assembly_service.drafts.engine import lease as leases
from assembly_service.drafts.engine.draft import Draft, Lease, Owner, Part
from assembly_service.drafts.engine.lifetime import Lifetime, new
from assembly_service.drafts.engine.transactions import Action
from assembly_service.storage.attribute_values import Item, to_item

SYSTEM = "ot-education-orchestrator"
DATA, STAGING, CHECK, CATEGORY, LINK = "data", "staging", "check", "category", "link"
"""The parts of a session: its data, how it was staged, the last check, and the results of steps."""
WORKFLOW = "workflow"
"""The part of a result that keeps the completed workflow."""


@dataclass(frozen=True, slots=True)
class Session:
    """A draft of this system."""

    draft: Draft

    @property
    def status(self) -> Status:
        """The status."""
        return Status(self.draft.state)

    @property
    def data(self) -> Mapping[str, Value]:
        """The education data, also after the creation."""
        result = self.draft.result
        data: Mapping[str, Value] = result[DATA] if result is not None else self.draft.parts[DATA]
        return data

    @property
    def business_id(self) -> str:
        """The member."""
        return str(self.data["userBusinessId"])

    @property
    def staging(self) -> Mapping[str, Value]:
        """How it was staged: `options`, `userAgent`, and optionally `accountId`, `isUpdate`."""
        return self._part(STAGING)

    @property
    def options(self) -> Mapping[str, bool]:
        """The early checks to skip."""
        options: Mapping[str, bool] = self.staging["options"]
        return options

    @property
    def account_id(self) -> str | None:
        """The linked account."""
        account_id: str | None = self._part(LINK).get("accountId")
        return account_id

    @property
    def remembered_account_id(self) -> str | None:
        """The linked account, or else the one from staging."""
        return self.account_id or self.staging.get("accountId")

    @property
    def determined(self) -> Category | None:
        """The category, once determined."""
        category = self._part(CATEGORY).get("category")
        return None if category is None else Category(category)

    @property
    def rationale(self) -> str | None:
        """Why it has its category."""
        rationale: str | None = self._part(CATEGORY).get("rationale")
        return rationale

    @property
    def errors(self) -> list[str]:
        """The errors of the last check or create call."""
        return list(self._part(CHECK).get("errors") or self.draft.errors)

    @property
    def fields(self) -> dict[str, str]:
        """The first of these errors in each field."""
        return dict(self._part(CHECK).get("fields", {}))

    @property
    def warnings(self) -> list[str]:
        """The warnings of the last check."""
        return list(self._part(CHECK).get("warnings", ()))

    @property
    def workflow(self) -> Mapping[str, Value]:
        """The completed workflow."""
        return self._part(WORKFLOW)

    def has_expired(self, now: int) -> bool:
        """Whether its lifetime ended before a record was created."""
        return self.draft.result is None and now >= self.draft.expires_at

    def validation(self) -> dict[str, Value]:
        """Return which groups of fields are valid, and the category with the date behind it."""
        flags = self._part(CHECK).get("flags", dict.fromkeys(FLAGS, True))
        category = self._part(CATEGORY)
        found: dict[str, Value] = {flag: flags[flag] for flag in FLAGS}
        if "category" in category:
            found["determinedCategory"] = category["category"]
        if "membershipExpiresDate" in category:
            found["membershipExpiresDate"] = category["membershipExpiresDate"]
        return found

    def _part(self, name: str) -> Part:
        part: Part = (self.draft.result or self.draft.parts).get(name, {})
        return part


def refuse(step: Step, draft: Draft, now: int) -> None:
    """Raise EducationRefusal if the status, a running create call or expiry forbids the step."""
    session = Session(draft)
    if session.has_expired(now):
        raise not_found()
    if session.status not in ALLOWED[step]:
        raise WrongStep(session.status, step=step)
    if draft.is_held(now):
        raise being_created(session.status, step)


def refuse_if_changed(checked: Mapping[str, Value], step: Step, draft: Draft) -> None:
    """Raise EducationRefusal if the data has changed since the check."""
    session = Session(draft)
    if session.data != checked:
        raise WrongStep(session.status, step=step, why="the data was changed meanwhile")


def new_session(
    draft_id: str,
    owner: Owner,
    request: StageRequest,
    findings: Findings,
    user_agent: str,
    now: int,
) -> Draft:
    """Return a new session."""
    staging: dict[str, Value] = {"options": dict(request.options), "userAgent": user_agent}
    if request.account_id is not None:
        staging["accountId"] = request.account_id
    lifetime = Lifetime(length=request.lifetime_seconds * 1000)
    draft = new(draft_id, SYSTEM, owner, state=_staged(findings), lifetime=lifetime, now=now)
    return replace(
        draft, parts={DATA: dict(request.data), STAGING: staging, CHECK: _check(findings)}
    )


def updated(draft: Draft, data: Mapping[str, Value], findings: Findings, now: int) -> Draft:
    """Replace the data and reset all later steps."""
    refuse(Step.UPDATE, draft, now)
    staging = {**draft.parts[STAGING], "isUpdate": True}
    parts = {DATA: dict(data), STAGING: staging, CHECK: _check(findings)}
    return _changed(draft, _staged(findings), parts, now)


def validated(draft: Draft, findings: Findings, now: int) -> Draft:
    """Store the result of a check. The status advances only without violations."""
    refuse(Step.VALIDATE, draft, now)
    status = Session(draft).status if findings.violations else Status.VALIDATED
    return _changed(draft, status, {**draft.parts, CHECK: _check(findings)}, now)


def categorised(
    draft: Draft, determined: Determined | None, warnings: Sequence[str], now: int
) -> Draft:
    """Store the category, or None if that is left to the creation."""
    refuse(Step.DETERMINE, draft, now)
    category: dict[str, Value] = {}
    if determined is not None:
        category = {"category": determined.category.value, "rationale": determined.rationale}
        if determined.membership_ends is not None:
            category["membershipExpiresDate"] = determined.membership_ends.isoformat()
    parts = {**draft.parts, CHECK: _rechecked(draft, warnings=warnings), CATEGORY: category}
    return _changed(draft, Status.CATEGORY_DETERMINED, parts, now)


def linked(draft: Draft, account_id: str | None, errors: Sequence[str], now: int) -> Draft:
    """Store the linked account, or only the errors if there are any."""
    refuse(Step.LINK, draft, now)
    status = Session(draft).status
    if errors:
        check = _rechecked(draft, errors=errors, fields={ACCOUNT_ID.name: errors[0]})
        # The draft's own errors are those of a failed creation.
        kept = replace(_changed(draft, status, draft.parts, now), errors=draft.errors)
        return replace(kept, parts={**draft.parts, CHECK: check})
    parts = {**draft.parts, CHECK: _rechecked(draft), LINK: {"accountId": account_id}}
    return _changed(draft, Status.ACCOUNT_LINKED, parts, now)


def taken_for_creation(draft: Draft, lease: Lease, now: int) -> Draft:
    """Give the session to a create call. The status stays, so an expired lease blocks nothing."""
    return leases.held(draft, lease, state=draft.state, now=now)


def refuse_creation(draft: Draft, now: int) -> None:
    """Raise EducationRefusal if the status or expiry forbids the creation."""
    session = Session(draft)
    if session.has_expired(now):
        raise not_found()
    if session.status not in ALLOWED[Step.CREATE] - CREATED:
        raise WrongStep(session.status, step=Step.CREATE)


def creation_failed(
    draft: Draft, errors: tuple[str, ...], fields: Mapping[str, str], now: int
) -> Draft:
    """Store the errors of a failed creation, which can be retried."""
    failed = leases.given_up(draft, errors, state=Status.CREATION_FAILED, now=now)
    check = _rechecked(draft, fields=fields, warnings=Session(draft).warnings)
    return replace(failed, parts={**draft.parts, CHECK: check})


def expired(draft: Draft, now: int) -> Draft:
    """Mark the session as expired."""
    return leases.expired(draft, state=Status.EXPIRED, now=now)


def member_partition(organization: str, business_id: str) -> str:
    """Return the partition of the drafts table that lists a member's sessions."""
    return f"MEMBER#{organization}#{business_id}"


def listing(table: str, draft: Draft, business_id: str) -> Action:
    """List a session under a member. Only a hint: the draft itself decides."""
    partition = member_partition(draft.named_owner.organization, business_id)
    row: Item = to_item({"pk": partition, "sk": draft.id, "ttl": -(-draft.expires_at // 1000)})
    return Action(request={"Put": {"TableName": table, "Item": row}})


def _staged(findings: Findings) -> Status:
    return Status.PENDING if findings.violations else Status.STAGED


def _check(findings: Findings) -> Part:
    return {
        "flags": findings.flags(),
        "errors": findings.errors,
        "fields": findings.fields,
        "warnings": list(findings.warnings),
    }


def _rechecked(
    draft: Draft,
    *,
    errors: Sequence[str] = (),
    fields: Mapping[str, str] | None = None,
    warnings: Sequence[str] = (),
) -> Part:
    """Return the result of a later step, which leaves the rules of validation as they were."""
    return {
        "flags": draft.parts[CHECK]["flags"],
        "errors": list(errors),
        "fields": dict(fields or {}),
        "warnings": list(warnings),
    }


def _changed(draft: Draft, status: Status, parts: Mapping[str, Part], now: int) -> Draft:
    return replace(
        draft,
        state=status,
        parts=parts,
        version=draft.version + 1,
        updated_at=now,
        errors=(),
        lease=None,
    )
