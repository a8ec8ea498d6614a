"""What people are asked before text is lost, and pages where the browser forbids its storage."""

import pytest

from tests.pages.browser import Browser
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_product_draft_asks_before_it_is_left_only_where_the_service_lacks_something(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productAsksOnlyBeforeTextIsLost", stage) == ""


async def test_all_pages_work_in_a_browser_that_forbids_its_storage(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("allPagesWorkWithoutStorage", stage) == ""


async def test_a_product_is_made_without_storage_which_the_page_says_and_asks_before_it_is_left(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productWithoutStorage", stage) == ""


async def test_a_project_is_saved_without_storage_and_asks_before_it_is_left(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectWithoutStorage", stage) == ""


async def test_an_education_without_storage_asks_before_it_is_left_until_it_is_staged(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("educationWithoutStorage", stage) == ""


async def test_where_storage_fills_up_while_somebody_types_that_is_said_and_asked_before_it_is_left(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("storageFillsUp", stage) == ""


async def test_a_token_is_used_without_storage_until_the_page_is_left(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("tokenWithoutStorage", stage) == ""
