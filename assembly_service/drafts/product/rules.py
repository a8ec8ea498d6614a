"""How a product draft moves from state to state. Pure: the time and all ids are arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from http import HTTPStatus

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine import lease as leases
from assembly_service.drafts.engine.draft import Draft, Lease, Owner, Part
from assembly_service.drafts.engine.lifetime import Lifetime, new
from assembly_service.drafts.product.refusals import (
    ProductRefusal,
    code_exists,
    session_not_found,
)

SYSTEM = "product-orchestrator"
COMMIT_STEP = "commit-product"
"""The commit call in metrics and operation ids."""
LIFETIME_MILLISECONDS = 7_200_000

PRODUCT, TARGET = "product", "audienceTarget"
"""The names of a draft's parts."""


class State(StrEnum):
    """A `committing` draft is held by one commit call; `committed` and `expired` are final."""

    INITIATED = "initiated"
    PRODUCT_ADDED = "product-added"
    TARGET_CONFIGURED = "target-configured"
    COMMITTING = "committing"
    COMMITTED = "committed"
    FAILED = "failed"
    EXPIRED = "expired"


_PERCENT = {
    State.INITIATED: 25,
    State.PRODUCT_ADDED: 50,
    State.TARGET_CONFIGURED: 75,
    State.COMMITTED: 100,
}


def new_draft(draft_id: str, owner: Owner, lifetime: Lifetime, now: int) -> Draft:
    """Return an empty draft."""
    return new(draft_id, SYSTEM, owner, state=State.INITIATED, lifetime=lifetime, now=now)


def with_product(draft: Draft, product: Part, now: int) -> Draft:
    """Return the draft with the product, which replaces a previous one; the target stays.

    Raises Refusal if the state forbids it.
    """
    refuse_unless_open(draft, now)
    changed = _changed(draft, {**draft.parts, PRODUCT: product}, now)
    # It is most of the draft, and rarely changes again.
    return replace(changed, apart={PRODUCT: changed.version})


def with_target(draft: Draft, target: Part, now: int) -> Draft:
    """Return the draft with the target, which replaces a previous one. Raises Refusal."""
    refuse_unless_open(draft, now)
    if PRODUCT not in draft.parts:
        raise ProductRefusal(
            HTTPStatus.BAD_REQUEST, "Product data must be added before target configuration"
        )
    return _changed(draft, {**draft.parts, TARGET: target}, now)


def taken_for_commit(draft: Draft, lease: Lease, now: int) -> Draft:
    """Return the draft held by a commit call. Raises Refusal if the state forbids it."""
    refuse_unless_committable(draft, now)
    return leases.held(draft, lease, state=State.COMMITTING, now=now)


def given_up(draft: Draft, errors: tuple[str, ...], now: int) -> Draft:
    """Return the draft after a failed commit, free to be committed again."""
    return leases.given_up(draft, errors, state=State.FAILED, now=now)


def expired(draft: Draft, now: int) -> Draft:
    """Return the draft with its expiry noted."""
    return leases.expired(draft, state=State.EXPIRED, now=now)


def refuse_unless_committable(draft: Draft, now: int) -> None:
    """Raises Refusal if the state forbids a commit."""
    if PRODUCT not in draft.parts:
        raise ProductRefusal(HTTPStatus.BAD_REQUEST, "Product data must be added before commit")
    if now >= draft.expires_at:
        raise session_not_found(draft.id)


def refuse_unless_open(draft: Draft, now: int) -> None:
    """Raises Refusal if the state forbids a change."""
    if draft.result is not None:
        raise ProductRefusal(
            HTTPStatus.BAD_REQUEST, f"Cannot modify session in state {State.COMMITTED}"
        )
    if draft.state == State.COMMITTING:
        raise ProductRefusal(
            HTTPStatus.CONFLICT, f"Cannot modify session in state {State.COMMITTING}"
        )
    if now >= draft.expires_at:
        raise session_not_found(draft.id)


def refuse_target_without_product(draft: Draft, now: int) -> None:
    """Raises what `with_target` does, before the body is read."""
    with_target(draft, {}, now)


def progress(draft: Draft, now: int) -> dict[str, Value]:
    """Return how far a visible draft has come."""
    result = draft.result or {}
    committed = draft.result is not None
    has_product = committed or PRODUCT in draft.parts
    has_target = bool(result.get("targetConfigured")) or TARGET in draft.parts
    return {
        "steps": {
            "productAdded": has_product,
            "targetConfigured": has_target,
            "committed": committed,
        },
        "errors": list(draft.errors),
        "fields": field_errors(draft, draft.errors),
        "canCommit": has_product
        and now < draft.expires_at
        and draft.state in {State.PRODUCT_ADDED, State.TARGET_CONFIGURED, State.FAILED},
        "progressPercent": _PERCENT[State.COMMITTED if committed else _open_state(draft.parts)],
        **{
            name: result[name] for name in ("productGuid", "targetGuid", "productCode") if committed
        },
    }


def field_errors(draft: Draft, errors: Sequence[str]) -> dict[str, Value]:
    """Return what a commit that gave up with these errors found wrong with fields, by name."""
    taken = code_exists(str(draft.parts.get(PRODUCT, {}).get("productCode")))
    return {"productCode": taken} if taken in errors else {}


def _changed(draft: Draft, parts: Mapping[str, Part], now: int) -> Draft:
    return replace(
        draft,
        parts=parts,
        state=_open_state(parts),
        version=draft.version + 1,
        updated_at=now,
        errors=(),
        lease=None,
    )


def _open_state(parts: Mapping[str, Part]) -> State:
    if TARGET in parts:
        return State.TARGET_CONFIGURED
    return State.PRODUCT_ADDED if PRODUCT in parts else State.INITIATED
