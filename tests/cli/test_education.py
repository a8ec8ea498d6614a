"""`education recategorise`, and the commands for drafts on a registration."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assembly_service.drafts.education.category import local_time
from assembly_service.drafts.education.records import (
    CreationMetadata,
    changing_key,
    create_record,
    record_key,
)
from assembly_service.runtime.clock import wall_clock
from tests.cli.runs import run

RECORD = "01a1ff00-93dd-7f74-9bf1-11aebe074236"
UNREADABLE = "01a1ff00-93dd-7f74-9bf1-11aebe074237"
ACCOUNT = "0f8fad5b-d9cb-469f-a165-70867728950e"


def put_student(dynamodb: Any, table: str) -> None:
    """A record of a student who graduated the year before last, and one that has no category."""
    metadata = CreationMetadata(
        organization="org-1",
        actor="ada",
        role="owner",
        operation_id="create-education-1",
        written_at=wall_clock(),
        record_id=RECORD,
        number=1,
        category=1,
        rationale="Graduation year is ahead",
        membership_ends="",
        warnings=[],
    )
    year = local_time(wall_clock()).year - 2
    data = {
        "userBusinessId": "osot-0000123",
        "cotoStatus": 1,
        "degreeType": 3,
        "university": 5,
        "graduationYear": year - 1976,
        "country": 1,
        "accessModifier": 3,
    }
    actions = create_record(table, metadata, data, ACCOUNT)
    dynamodb.transact_write_items(TransactItems=[action.request for action in actions])
    for key in (record_key("org-1", UNREADABLE), changing_key(UNREADABLE)):
        row = {**key, "organization": {"S": "org-1"}}
        dynamodb.put_item(TableName=table, Item=row)


def test_categories_are_counted_changed_once_and_audited(
    tmp_path: Path, environment: dict[str, str], connect: Callable[[str], Any]
) -> None:
    put_student(connect("dynamodb"), environment["DYNAMODB_RECORDS_TABLE"])

    def said(*arguments: str) -> str:
        outcome = run(*arguments, directory=tmp_path, environment=environment)
        assert outcome.code == 0, outcome.err
        assert (UNREADABLE in outcome.err) is (arguments[0] == "education")
        return outcome.out

    move = "STUDENT to GRADUATED: 1\n"
    named = "The warnings above say which records were left alone, and why.\n"
    assert said("education", "recategorise", "--dry-run") == (
        f"Checked 2 records: 1 would move, 1 unreadable.\n{move}{named}"
    )
    assert said("education", "recategorise") == (
        f"Checked 2 records: 1 moved, 1 unreadable.\n{move}{named}"
    )
    assert said("education", "recategorise") == (
        f"Checked 1 record: 0 moved, 1 unreadable.\n{named}"
    )
    audited = said("draft", "audit", "--record", RECORD)
    lines = [" ".join(line.split()) for line in audited.splitlines()]
    assert [line for line in lines if line.startswith("Action: ")] == [
        "Action: create",
        "Action: recategorise",
    ]
    assert {"role: owner", "category: 1", "from: 1", "to: 0"} <= {*lines}
