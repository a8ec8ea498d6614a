"""Checks of our own for Schemathesis, which loads this module."""

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from schemathesis import Case, CheckContext, GenerationMode, Response, check

from assembly_service.openapi import openapi_document
from tests.harness.described import Described

_BEYOND_SCHEMAS = re.compile(
    "Invalid product code format|At least one price field must be specified"
    "|Insurance (Type|Limit) is required|endDate must not be before startDate"
    "|.* must have at most 2 decimals|.* must be (at most [0-9]+|[0-9]+ to [0-9]+) characters long"
    "|productPicture must be an http or https URL with a host"
    "|productCode must have 1 to 255 printable characters"
)


@check
def refuses_of_valid_requests_only_foreign_cursors(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    """No schema can describe valid cursors, so any text counts as valid there."""
    if _is_valid(case) and response.status_code == 400 and _of_shops(case):
        refused = {error["parameter"] for error in response.json()["errors"]}
        assert refused == {"lastKey"}, f"a valid request was refused for {sorted(refused)}"


@check
def refuses_of_valid_bodies_only_what_no_schema_can_tell(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    """Rules between fields, for instance, or for trimmed text."""
    if _is_valid(case) and response.status_code == 400 and _of_drafts(case):
        lines = response.json().get("errors", [])
        unexplained = [line for line in lines if not _BEYOND_SCHEMAS.match(line)]
        assert not unexplained, f"a valid request was refused: {unexplained}"


@check
def answers_only_what_is_described(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    """Check status, headers and body against the document, with nothing undocumented."""
    if not _of_drafts(case):
        request = response.request
        _described().check(
            request.method or "",
            urlsplit(request.url or "").path,
            status=response.status_code,
            headers={name: ", ".join(values) for name, values in response.headers.items()},
            body=response.content,
        )


@cache
def _described() -> Described:
    return Described(openapi_document())


def _is_valid(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


def _of_drafts(case: Case[Any]) -> bool:
    path: str = case.operation.path
    return path.startswith("/private/")


def _of_shops(case: Case[Any]) -> bool:
    path: str = case.operation.path
    return path.startswith("/api/v1/")
