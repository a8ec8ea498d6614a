"""A failed stack is reported with its reason and what to do."""

from dataclasses import dataclass
from typing import Any

import pytest

from assembly_service.local_aws.provisioning import CannotProvision, provision

NAME = "product-assembly"


def event(resource: str, status: str, reason: str = "") -> dict[str, str]:
    return {
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


@dataclass
class StatedStack:
    """CloudFormation with one failed stack and its events, newest first."""

    status: str
    events: list[dict[str, str]]

    def describe_stacks(self, **_: object) -> dict[str, Any]:
        return {"Stacks": [{"StackStatus": self.status, "Parameters": []}]}

    def update_stack(self, **_: object) -> None:
        """It failed already."""

    def describe_stack_events(self, **_: object) -> dict[str, Any]:
        return {"StackEvents": self.events}


def failure(stack: StatedStack) -> str:
    with pytest.raises(CannotProvision) as caught:
        provision(connect=lambda _: stack, poll_seconds=0)
    return str(caught.value)


def test_the_first_failure_of_the_latest_change_is_named() -> None:
    events = [
        event(NAME, "UPDATE_ROLLBACK_COMPLETE"),
        event("StagingTable", "UPDATE_FAILED", "Resource update cancelled"),
        event("ProductsTable", "UPDATE_FAILED", "Too many indexes."),
        event(NAME, "UPDATE_IN_PROGRESS", "User Initiated"),
        event("CaptionQueue", "UPDATE_FAILED", "Long ago."),
    ]
    sentence = failure(StatedStack("UPDATE_ROLLBACK_COMPLETE", events))
    assert "ended as UPDATE_ROLLBACK_COMPLETE: ProductsTable: Too many indexes. " in sentence


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", "Put that right, and try again."),
        ("ROLLBACK_COMPLETE", "Put that right, delete the stack and try again."),
    ],
)
def test_only_a_stack_that_was_never_complete_is_to_be_deleted(status: str, advice: str) -> None:
    assert failure(StatedStack(status, [])).endswith(f"names no reason. {advice}")
