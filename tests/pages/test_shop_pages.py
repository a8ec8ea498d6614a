"""Shops, guides and what all pages share, in a real browser."""

import pytest

from tests.pages.browser import Browser
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_product_is_shown_as_soon_as_both_its_halves_have_arrived(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("appears", stage) == ""


async def test_a_page_catches_up_after_a_restart_without_being_loaded_again(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("restarts", stage) == ""


async def test_a_page_is_not_lost_while_the_service_cannot_send_the_next_one(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("staysWhereThePartsOfAPageCannotBeLoaded", stage) == ""


async def test_where_sockets_are_blocked_products_are_streamed(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("withoutSockets", stage) == ""


async def test_where_streams_are_blocked_too_the_page_asks_every_few_seconds(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("withoutSocketsAndStreams", stage) == ""


async def test_an_address_that_no_page_has_says_so_and_where_to_go_on(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("saysThatNothingIsThere", stage) == ""


async def test_a_shop_that_needs_a_token_says_so_and_takes_one(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("asksWhoReads", stage) == ""


async def test_pages_at_two_instances_show_the_same_product(browser: Browser, stage: Stage) -> None:
    assert await browser.play("twoInstances", stage) == ""


async def test_a_tab_that_slept_catches_up(browser: Browser, stage: Stage) -> None:
    assert await browser.play("wakesUp", stage) == ""


async def test_a_product_changes_in_its_place(browser: Browser, stage: Stage) -> None:
    assert await browser.play("changesInPlace", stage) == ""


async def test_a_long_shop_is_loaded_to_its_end_and_what_arrives_moves_nothing_that_is_read(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("scrolled", stage) == ""


async def test_a_product_is_opened_and_closed_by_keyboard_alone(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("keyboard", stage) == ""


async def test_arrivals_are_announced_together_and_changes_not_at_all(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("announces", stage) == ""


async def test_the_landing_page_shows_what_arrives_in_any_shop_and_keeps_still_under_the_focus(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("arrivesAnywhere", stage) == ""


async def test_where_there_are_no_operators_calls_the_landing_page_asks_for_none(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("showsNoStripElsewhere", stage) == ""


async def test_another_person_on_the_same_browser_sees_and_saves_nothing_of_the_first(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("peopleAreKeptApart", stage) == ""


async def test_a_part_of_a_date_is_told_as_a_mistake_and_not_taken_for_none(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("aPartOfADateIsAMistake", stage) == ""


async def test_a_card_keeps_its_shape_whatever_its_product_holds(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("awkwardShop", stage) == ""


async def test_on_a_phone_no_page_has_to_be_scrolled_sideways(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("phoneWidth", stage) == ""


async def test_axe_finds_nothing_serious_on_any_page_light_and_dark(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("nothingSerious", stage) == ""


async def test_nothing_fades_where_people_want_less_motion(browser: Browser, stage: Stage) -> None:
    assert await browser.play("nothingFades", stage) == ""
