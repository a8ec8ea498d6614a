"""The pages of education registrations, in a real browser."""

import pytest

from tests.pages.browser import Browser
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_education_is_registered_with_the_keyboard_alone_up_to_its_record(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationByKeyboard", stage) == ""


async def test_what_is_wrong_with_an_education_is_said_at_its_field_and_mended(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationIsMended", stage) == ""


async def test_a_registration_goes_on_after_a_reload_in_another_tab_and_after_its_end(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationIsFoundAgain", stage) == ""


async def test_two_clicks_make_one_record_and_another_tab_is_told_of_it(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationInTwoTabs", stage) == ""


async def test_what_is_typed_for_two_members_in_two_tabs_stays_apart(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationsOfTwoMembers", stage) == ""


async def test_a_registration_waits_for_the_network_and_makes_each_call_once(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationOffline", stage) == ""


async def test_an_education_is_staged_once_though_its_answer_is_lost_and_a_session_cannot_be_read(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationLosesAnAnswer", stage) == ""


async def test_a_registration_asks_again_for_a_token_and_says_who_may_create(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationAsksForAToken", stage) == ""


async def test_axe_finds_nothing_serious_on_the_education_pages_which_fit_a_phone(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationHasNothingSerious", stage) == ""
