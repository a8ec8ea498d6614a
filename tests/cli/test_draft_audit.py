"""`draft audit` prints who did what to a record, by the record or the draft, without a scan."""

from pathlib import Path

from assembly_service.drafts.engine.audit import AuditTrail
from assembly_service.drafts.engine.identifiers import new_session_id
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
    assert f"Operation: {made['operationId']}" in by_record
    assert not any("ANOTHER" in line for line in by_record)
    for by_draft in (audit(session_id.upper()), audit(made["operationId"])):
        assert by_draft == by_record


async def test_a_draft_without_a_record_and_a_missing_draft_are_reported_in_a_sentence(
    instance: Instance, environment: dict[str, str], tmp_path: Path
) -> None:
    open_draft, gone = await instance.admin.draft_with_product(), new_session_id()
    for draft_id, sentence in (
        (open_draft, f"There is no audit item for the draft {open_draft}."),
        (
            gone,
            f"There is no draft {gone}: it never existed, or was deleted after it ended. The event"
            " of its commit, on the topic and in the log, names its record: use --record GUID.",
        ),
    ):
        shown = run("draft", "audit", draft_id, directory=tmp_path, environment=environment)
        assert (shown.code, shown.sentences) == (1, [f"Error: {sentence}"])


async def test_an_audit_scans_nothing_so_that_the_services_own_policy_allows_it(
    instance: Instance,
) -> None:
    session_id = await instance.admin.draft_with_product()
    await instance.admin.commit(session_id)
    instance.reads.called.clear()
    draft = await instance.engine.store.read(session_id)
    assert draft is not None
    trail = AuditTrail(client=instance.reads, table=instance.settings.dynamodb_records_table)
    assert len(await trail.of_draft(draft)) == 1
    assert set(instance.reads.called) == {"query"}


def test_an_empty_audit_and_a_missing_id_are_reported_in_a_sentence(
    environment: dict[str, str], tmp_path: Path
) -> None:
    unknown = run("draft", "audit", "--record", "x", directory=tmp_path, environment=environment)
    assert (unknown.code, unknown.sentences) == (
        1,
        ["Error: There is no audit item for the record x."],
    )
    without = run("draft", "audit", directory=tmp_path, environment=environment)
    assert without.code == 2
    assert "Give the id of a draft, or --record GUID." in without.err
