"""`draft audit` prints who did what to a record, by the record, the draft or the operation."""

from pathlib import Path

from tests.cli.runs import run
from tests.cli.test_draft_show import drafts_table, instance
from tests.drafts.product.support import (
    PRODUCTS,
    Instance,
)

__all__ = ["drafts_table", "instance"]
TABLE = "DYNAMODB_RECORDS_TABLE"


def lines_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


async def test_what_was_done_to_a_record_is_found_by_record_draft_and_operation(
    instance: Instance, environment: dict[str, str], tmp_path: Path
) -> None:
    session_id = await instance.admin.draft_with_product()
    made = (await instance.admin.commit(session_id)).body
    guid = made["productGuid"]
    other = await instance.admin.draft_with_product(productCode="ANOTHER")
    assert (await instance.admin.commit(other)).body["success"] is True
    instance.clock.now += 1
    changed = await instance.admin.call("PATCH", f"{PRODUCTS}/{guid}", {"generalPrice": 7})
    assert changed.status == 200

    def audit(*given: str) -> list[str]:
        shown = run("draft", "audit", *given, directory=tmp_path, environment=environment)
        assert shown.code == 0, shown.err
        return lines_of(shown.out)

    by_record = audit("--record", guid.upper())
    actions = [line for line in by_record if line.startswith("Action: ")]
    assert actions == ["Action: create", "Action: change product"]
    assert {"By: ada", f"Record: {guid}", 'fields: ["generalPrice"]'} <= set(by_record)
    for by_call in (audit(session_id.upper()), audit(made["operationId"])):
        assert by_call.count("Action: create") == 1
        assert f"Operation: {made['operationId']}" in by_call
        assert not any("ANOTHER" in line or "change" in line for line in by_call)


def test_what_was_never_audited_and_a_call_without_an_id_are_told_in_a_sentence(
    environment: dict[str, str], tmp_path: Path
) -> None:
    unknown = run("draft", "audit", "--record", "x", directory=tmp_path, environment=environment)
    assert (unknown.code, unknown.sentences) == (
        1,
        ["Error: There is no audit item of the record x."],
    )
    without = run("draft", "audit", directory=tmp_path, environment=environment)
    assert without.code == 2
    assert "Give the id of a draft or of an operation" in without.err
