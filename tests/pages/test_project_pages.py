"""The pages of projects, in a real browser."""

import pytest

from tests.pages.browser import Browser
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_project_is_prepared_by_keyboard_alone_and_created_once(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectByKeyboard", stage) == ""


async def test_each_next_saves_goes_on_from_its_step_alone_and_a_review_leads_to_its_mistakes(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectStepByStep", stage) == ""


async def test_projects_that_need_a_token_ask_for_it_first_and_lose_nothing_when_it_expires(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectAsksForAToken", stage) == ""


async def test_a_project_is_found_again_after_a_reload_and_after_it_has_expired(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectIsFoundAgain", stage) == ""


async def test_what_was_typed_too_late_for_a_project_is_shown_and_begins_another_draft(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectCreatedElsewhere", stage) == ""


async def test_two_tabs_merge_what_is_typed_of_a_project_and_ask_about_the_same_field(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectInTwoTabs", stage) == ""


async def test_what_is_typed_of_a_project_without_a_network_is_saved_once_afterwards(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectOffline", stage) == ""


async def test_a_project_whose_service_is_cut_off_during_the_commit_is_there_once(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectOfACutOffCommit", stage) == ""


async def test_projects_are_listed_newest_first_page_by_page(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectsAreListed", stage) == ""


async def test_axe_finds_nothing_serious_on_the_pages_of_projects(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectHasNothingSerious", stage) == ""
