"""The status table, exhaustively: which steps each status allows, and the next action."""

from itertools import product

import pytest

from assembly_service.drafts.education.status import (
    ALLOWED,
    OPEN,
    SHOWN,
    Status,
    Step,
    available_actions,
    completion_percentage,
    next_action,
    next_step,
    not_allowed,
    progress,
)

TABLE = """
                    update validate determine-category link-account create execute-workflow cancel
pending             yes    yes      409                409          409    yes              yes
staged              yes    yes      409                409          409    yes              yes
validated           yes    yes      yes                409          409    yes              yes
category_determined yes    409      yes                yes          409    yes              yes
account_linked      yes    409      409                yes          yes    yes              yes
creation_failed     yes    409      409                yes          yes    yes              yes
education_created   409    409      409                409          yes    yes              409
workflow_completed  409    409      409                409          yes    yes              409
"""
_STEPS, *_ROWS = [line.split() for line in TABLE.strip().splitlines()]
EXPECTED = {
    (Status(name), Step(step)): cell == "yes"
    for name, *cells in _ROWS
    for step, cell in zip(_STEPS, cells, strict=True)
}


def test_the_table_has_every_status_and_every_step() -> None:
    assert EXPECTED.keys() == {*product(SHOWN, Step)}


@pytest.mark.parametrize(("status", "step"), [*product(SHOWN, Step)])
def test_a_status_allows_the_steps_of_the_table(status: Status, step: Step) -> None:
    assert (status in ALLOWED[step]) is EXPECTED[status, step]


@pytest.mark.parametrize("step", Step)
def test_an_expired_registration_allows_no_step(step: Step) -> None:
    assert Status.EXPIRED not in ALLOWED[step]


@pytest.mark.parametrize(
    ("status", "percent", "action", "step"),
    [
        ("pending", 0, "stage_data", "staging"),
        ("staged", 20, "validate_education", "validation"),
        ("validated", 40, "determine_category", "category_determination"),
        ("category_determined", 60, "link_account", "account_linking"),
        ("account_linked", 80, "create_record", "record_creation"),
        ("creation_failed", 80, "create_record", "record_creation"),
        ("education_created", 100, "complete_workflow", "workflow_completion"),
        ("workflow_completed", 100, "complete_workflow", None),
    ],
)
def test_each_status_has_its_progress_and_next_action(
    status: str, percent: int, action: str, step: str | None
) -> None:
    reached = Status(status)
    assert completion_percentage(reached) == percent
    assert sum(progress(reached).values()) * 20 == percent
    assert next_action(reached) == action
    assert next_step(reached) == step


@pytest.mark.parametrize("status", SHOWN)
def test_a_registration_can_be_cancelled_until_it_is_created(status: Status) -> None:
    assert ("cancel_session" in available_actions(status)) is (status in OPEN)


def test_the_sentence_names_the_step_and_the_status() -> None:
    sentence = not_allowed(Step.DETERMINE, Status.STAGED)
    assert sentence == "Step determine-category is not allowed in status staged"
