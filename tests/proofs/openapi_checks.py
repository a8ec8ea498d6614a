"""A check of our own for Schemathesis, which loads this module."""

from typing import Any

from schemathesis import Case, CheckContext, GenerationMode, Response, check


@check
def refuses_of_valid_requests_only_foreign_cursors(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    """No schema can tell which cursors the service gave, so any text counts as valid there."""
    valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if valid and response.status_code == 400:
        refused = {error["parameter"] for error in response.json()["errors"]}
        assert refused == {"lastKey"}, f"a valid request was refused for {sorted(refused)}"
