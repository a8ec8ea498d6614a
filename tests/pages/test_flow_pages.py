"""The pages of operators, in a real browser."""

import pytest

from tests.pages.browser import Browser
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_search_of_the_flow_page_finds_a_video(browser: Browser, stage: Stage) -> None:
    assert await browser.play("findsAVideo", stage) == ""


async def test_the_flow_page_shows_what_the_last_minute_brought(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("showsWhatHappens", stage) == ""


async def test_the_flow_page_lists_every_instance_that_is_heard_of(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("listsInstances", stage) == ""


async def test_on_a_phone_five_dead_letters_are_shown_until_somebody_asks_for_all(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("startsWithFewLettersOnAPhone", stage) == ""


async def test_the_flow_page_says_when_the_service_is_gone_and_goes_on_when_it_is_back(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("saysThatTheServiceIsGone", stage) == ""


async def test_filters_of_dead_letters_survive_a_reload_and_the_way_back(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("keepsFilters", stage) == ""


async def test_dead_letters_of_a_reason_are_put_back_after_a_preview_and_a_confirmation(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("redrivesByReason", stage) == ""


async def test_a_dead_letter_is_repaired_and_put_back_and_its_old_body_kept(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("repairsOne", stage) == ""


async def test_a_product_is_announced_again_from_the_page_of_its_video(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("announcesAgain", stage) == ""


async def test_on_the_operators_port_an_action_says_who_may_and_asks_for_a_token(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("asksForAToken", stage) == ""


async def test_axe_finds_nothing_serious_on_the_pages_of_the_flow(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("flowHasNothingSerious", stage) == ""
