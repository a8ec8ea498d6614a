"""Reads request bodies."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education.refusals import invalid
from assembly_service.drafts.engine.json_body import InvalidBody, read_object

T = TypeVar("T")


def read(reading: Callable[[Mapping[str, Value]], T], body: bytes) -> T:
    """Parse a body with `reading`. Raises EducationRefusal that lists every mistake."""
    try:
        return reading(read_object(body))
    except InvalidBody as error:
        raise invalid(error.lines, error.fields) from None
