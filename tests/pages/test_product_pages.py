"""The pages of products and their drafts, in a real browser."""

import pytest

from tests.pages.browser import Browser
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_products_are_found_by_filters_that_the_address_keeps(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("findsAProduct", stage) == ""


async def test_a_product_and_its_audience_are_changed_and_mistakes_shown_at_their_fields(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("changesAProduct", stage) == ""


async def test_what_somebody_else_changed_is_shown_and_never_overwritten(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("showsAnothersChange", stage) == ""


async def test_both_parts_of_a_product_are_changed_at_once_without_a_conflict(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("changesBothParts", stage) == ""


async def test_nobody_leaves_unsaved_changes_of_a_product_without_a_question(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("asksBeforeChangesAreLost", stage) == ""


async def test_a_change_whose_answer_was_lost_is_made_once(browser: Browser, stage: Stage) -> None:
    assert await browser.play("savesOnceAfterALostAnswer", stage) == ""


async def test_what_was_read_before_a_change_is_never_shown_after_it(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("savesWhileItIsReadAgain", stage) == ""


async def test_axe_finds_nothing_serious_on_the_pages_of_products(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("catalogueHasNothingSerious", stage) == ""


async def test_a_refused_token_leads_to_a_new_one_and_back_to_the_page(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("signsIn", stage) == ""


async def test_a_product_is_prepared_and_published_by_keyboard_alone(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productByKeyboard", stage) == ""


async def test_what_was_typed_of_a_product_is_there_after_a_reload_until_it_is_discarded(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productTextIsKept", stage) == ""


async def test_a_product_for_everyone_is_made_once_whatever_is_clicked_twice_or_loaded_again(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productIsMadeOnce", stage) == ""


async def test_each_tab_publishes_what_was_typed_in_it_and_shows_it_however_late(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productsInTwoTabs", stage) == ""


async def test_what_is_wrong_with_a_product_is_said_at_its_field_and_a_free_code_proposed(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productErrorsAreAtTheirFields", stage) == ""


async def test_after_a_new_token_or_an_expired_draft_people_go_on_with_what_they_typed(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productDraftExpiresAndBeginsAgain", stage) == ""


async def test_a_product_whose_service_stops_during_the_commit_is_there_once_and_shown(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productOfALostCommit", stage) == ""


async def test_a_product_whose_service_dies_in_the_middle_of_its_commit_is_published_once(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productOfACutOffCommit", stage) == ""


async def test_without_a_network_a_product_waits_and_is_sent_once(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productOffline", stage) == ""


async def test_axe_finds_nothing_serious_in_any_step_of_a_product(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productWizardHasNothingSerious", stage) == ""
