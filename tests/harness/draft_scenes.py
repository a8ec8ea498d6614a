"""Scenes of calls that race for one draft or one code, and how they have to end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assembly_service.drafts.engine.attempts import LEASE_SECONDS
from assembly_service.drafts.engine.commit import Committed, NotCommitted
from assembly_service.drafts.product.rules import LIFETIME_MILLISECONDS, PRODUCT
from tests.harness.draft_checks import check_locked, check_results, successes, whole_products
from tests.harness.draft_model import DraftTables
from tests.harness.draft_orchestrator import BESIDE
from tests.harness.draft_stage import Act, Actor, DraftStage
from tests.harness.stage import Stage

AFTER_THE_LEASE = LEASE_SECONDS * 1000 + 1
CODE, OTHER_CODE = "THE-CODE", "ANOTHER-CODE"


@dataclass(frozen=True, kw_only=True)
class Role:
    """What an actor does, with a clock `skew` milliseconds off the stage's."""

    act: Act
    skew: int = 0
    late_writes: int = 0


@dataclass(frozen=True, kw_only=True)
class DraftScene:
    """Drafts that all have `CODE`, and the actors. `products`: how many there may be in the end.

    `successes`: how many may be answered that they made the product of one draft; those who share
    a lease cannot tell which of them did.
    """

    name: str
    actors: Sequence[Role]
    drafts: int = 1
    products: frozenset[int] = frozenset({1})
    successes: int = 1

    def __str__(self) -> str:
        return self.name

    @property
    def has_late_writes(self) -> bool:
        """Whether a request is in progress that nobody waits for."""
        return any(role.late_writes for role in self.actors)


async def commit(actor: Actor) -> None:
    await actor.commit()


async def commit_second(actor: Actor) -> None:
    await actor.commit(1)


async def commit_again(actor: Actor) -> None:
    """Commit until there is a product, at most twice."""
    if not isinstance(await actor.commit(), Committed):
        await actor.commit()


async def edit(actor: Actor) -> None:
    await actor.add_product(OTHER_CODE)


async def sweep(actor: Actor) -> None:
    await actor.sweep()


async def edit_after_failure(actor: Actor) -> None:
    """Commit; if that fails, give the product another code and commit again."""
    if isinstance(await actor.commit(), NotCommitted):
        await actor.add_product(OTHER_CODE)
        await actor.commit()


async def take_the_code(actor: Actor) -> None:
    """Take the code for another product, then commit the draft, with another code if that fails."""
    await actor.create_product(CODE)
    await edit_after_failure(actor)


async def give_up_and_try_again(actor: Actor) -> None:
    """Commit, and once more with another code after the lease."""
    await edit_after_failure(actor)
    actor.later(AFTER_THE_LEASE)
    await actor.commit()


SCENES = [
    DraftScene(name="two commits of one draft", actors=[Role(act=commit), Role(act=commit)]),
    DraftScene(
        name="two drafts with one code",
        drafts=2,
        actors=[Role(act=commit), Role(act=commit_second)],
    ),
    DraftScene(name="a commit and an edit", actors=[Role(act=commit_again), Role(act=edit)]),
    DraftScene(
        name="a commit and the end of the lifetime",
        actors=[Role(act=commit), Role(act=sweep, skew=LIFETIME_MILLISECONDS + AFTER_THE_LEASE)],
        products=frozenset({0, 1}),
    ),
    DraftScene(
        name="a slow commit and the one that takes over",
        actors=[Role(act=commit), Role(act=commit, skew=AFTER_THE_LEASE)],
        successes=2,
    ),
    DraftScene(
        name="a commit whose attempts arrive late, and the next one",
        actors=[Role(act=give_up_and_try_again, late_writes=3)],
    ),
    DraftScene(
        name="a commit whose attempts arrive late, and the one that takes over",
        actors=[Role(act=commit, late_writes=3), Role(act=commit, skew=AFTER_THE_LEASE)],
        products=frozenset({0, 1}),
        successes=2,
    ),
    DraftScene(
        name="a slow commit, and one that takes over, fails, and tries again with another code",
        actors=[Role(act=commit), Role(act=take_the_code, skew=AFTER_THE_LEASE)],
        products=frozenset({1, 2}),
        successes=2,
    ),
]


async def set_up(scene: DraftScene, stage: DraftStage) -> DraftStage:
    """Prepare the drafts, then let every actor reach its first call."""
    for _ in range(scene.drafts):
        await stage.prepare(CODE)
    for number, role in enumerate(scene.actors, start=1):
        await stage.play(str(number), role.act, skew=role.skew, late_writes=role.late_writes)
    return stage


async def check_step(stage: Stage) -> None:
    """Check the state so far: whole products, each of a draft that has it and its event."""
    assert isinstance(stage, DraftStage)
    records = await stage.rows(stage.outside.records_table)
    rows = await stage.rows(stage.outside.drafts_table)
    products = whole_products(records)
    drafts = [row for row in rows if row["sk"]["S"] == "META"]
    beside = [guid for guid, row in products.items() if row["createdBy"]["S"] == BESIDE]
    made = check_results(drafts, products, beside=beside)
    assert successes(rows) == sorted(made)
    tables = stage.outside.reads
    if isinstance(tables, DraftTables):
        for draft_id, guid in made.items():
            key = f"DRAFT#{draft_id}"
            part = tables.tables[stage.outside.drafts_table][key, f"PART#{PRODUCT}"]
            check_locked(tables.replaced[key, "META"], part, products[guid])


async def check(scene: DraftScene, stage: Stage) -> None:
    """Check that everyone is done and got a true answer."""
    assert isinstance(stage, DraftStage)
    await check_step(stage)
    products = whole_products(await stage.rows(stage.outside.records_table))
    assert len(products) in scene.products
    told: Counter[str] = Counter()
    for draft_id, outcome in stage.outcomes:
        if isinstance(outcome, Committed):
            told[draft_id] += not outcome.replayed
            draft = await stage.outside.store.read(draft_id)
            assert draft is not None
            assert outcome.result == draft.result, "told of another product"
    assert max(told.values(), default=0) <= scene.successes
