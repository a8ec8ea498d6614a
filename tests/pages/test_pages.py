"""The pages in a real browser, at a running service that is stopped, started and cut off."""

from collections.abc import AsyncIterator, Iterator

import boto3
import pytest
import pytest_asyncio

from assembly_service.local_aws.local_engine import Engine
from assembly_service.settings.service import Settings
from tests.harness.engine import fresh_account
from tests.http.test_documentation_page import find_chromium
from tests.pages.browser import Browser, running_browser
from tests.pages.stage import DRAFTS, Stage, running_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def settings(engine: Engine, boto_session: boto3.Session) -> Iterator[Settings]:
    """Those of an account that all scenarios share; each has sellers of its own."""
    account = fresh_account(boto_session, engine.url)
    quick = {"PORT": "0", "SQS_WAIT_SECONDS": "1", "DRAIN_DEADLINE_SECONDS": "5"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in account.credentials.items():
            patch.setenv(name, value)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield Settings.from_environment(account.environment | quick | DRAFTS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(settings: Settings, valkey: str) -> AsyncIterator[Stage]:
    async with running_stage(settings, valkey) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with running_browser(find_chromium()) as running:
        yield running


async def test_a_product_is_shown_as_soon_as_both_its_halves_have_arrived(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("appears", stage) == ""


async def test_a_page_catches_up_after_a_restart_without_being_loaded_again(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("restarts", stage) == ""


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


async def test_another_person_on_the_same_browser_sees_and_saves_nothing_of_the_first(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("peopleAreKeptApart", stage) == ""


async def test_a_part_of_a_date_is_told_as_a_mistake_and_not_taken_for_none(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("aPartOfADateIsAMistake", stage) == ""


async def test_after_a_new_token_or_an_expired_draft_people_go_on_with_what_they_typed(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productDraftExpiresAndBeginsAgain", stage) == ""


async def test_a_product_whose_service_stops_during_the_commit_is_there_once_and_shown(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productOfALostCommit", stage) == ""


async def test_without_a_network_a_product_waits_and_is_sent_once(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productOffline", stage) == ""


async def test_axe_finds_nothing_serious_in_any_step_of_a_product(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("productWizardHasNothingSerious", stage) == ""


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


async def test_axe_finds_nothing_serious_on_the_pages_of_the_flow(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("flowHasNothingSerious", stage) == ""


async def test_a_project_is_prepared_by_keyboard_alone_and_created_once(
    browser: Browser, stage: Stage
) -> None:
    assert await browser.play("projectByKeyboard", stage) == ""


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
