"""The diagram of the guide shows the transitions of a draft."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from assembly_service.drafts.engine.draft import Draft, Lease, Owner
from assembly_service.drafts.engine.lifetime import Lifetime
from assembly_service.drafts.product import rules
from assembly_service.drafts.product.refusals import ProductRefusal

GUIDE = Path(__file__).parents[3] / "docs" / "drafts.md"
NOW = 1_768_000_000_000
LEASE = Lease(token="first", until=NOW + 30_000, record={})


def drafts() -> list[Draft]:
    """A draft in each state in which something can be given to it, failed with and without target.

    And one that a commit holds.
    """
    empty = rules.new_draft(
        "1cefc38a-f9f7-478e-be1b-dea518ec0e07",
        Owner("user-1", "org-1"),
        Lifetime(length=rules.LIFETIME_MILLISECONDS),
        NOW,
    )
    with_product = rules.with_product(empty, {}, NOW)
    with_both = rules.with_target(with_product, {}, NOW)
    failed = [rules.given_up(draft, ("no",), NOW) for draft in (with_product, with_both)]
    return [empty, with_product, with_both, *failed, rules.taken_for_commit(with_both, LEASE, NOW)]


def ways(draft: Draft) -> set[tuple[str, str]]:
    """The transitions that calls make."""
    steps: list[Callable[[], Draft]] = [
        lambda: rules.with_product(draft, {}, NOW),
        lambda: rules.with_target(draft, {}, NOW),
        lambda: rules.taken_for_commit(draft, LEASE, NOW),
    ]
    found = set()
    for step in steps:
        with suppress(ProductRefusal):
            found.add((draft.state, str(step().state)))
    return {(before, after) for before, after in found if before != after}


def test_the_diagram_shows_exactly_the_transitions_that_calls_make() -> None:
    arrows = re.findall(r"^ +(\w+) --> (\w+):", GUIDE.read_text(), re.MULTILINE)
    drawn = {(before.replace("_", "-"), after.replace("_", "-")) for before, after in arrows}
    of_calls = {way for way in drawn if way[0] != rules.State.COMMITTING}
    assert of_calls == set().union(*map(ways, drafts()))
