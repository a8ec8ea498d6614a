"""Races between calls about drafts, stepped by hand: every order ends as promised."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from tests.support.draft_model import DraftTables
from tests.support.draft_scenes import SCENES, DraftScene, check, check_step, set_up
from tests.support.draft_stage import DraftStage, same_in_every_play
from tests.support.interleavings import explore
from tests.support.quiet_loop import play
from tests.support.stage import Stage

Tell = Callable[[str], None]


@pytest.mark.parametrize("remembers_tokens", [True, False], ids=["in time", "ten minutes later"])
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_every_order_of_the_calls_makes_one_product_with_its_target(
    scene: DraftScene, remembers_tokens: bool, tell: Tell
) -> None:
    with same_in_every_play() as made, capture_logs():

        async def fresh() -> Stage:
            made.clear()
            return await set_up(scene, DraftStage(DraftTables(remembers_tokens=remembers_tokens)))

        async def check_all(stage: Stage) -> None:
            await check(scene, stage)

        explored = play(explore(fresh, check_all, check_step))
    tell(f"{scene}: {explored}")
    assert explored.orders > 1
