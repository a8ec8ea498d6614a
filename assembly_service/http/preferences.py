"""The `Prefer` header, RFC 7240. Preferences that are unknown or malformed are ignored."""

import re
from collections.abc import Mapping

from aiohttp import web
from pydantic import TypeAdapter

from assembly_service.http.parameters import Parameter
from assembly_service.http.schemas import TEXT, Node

LONGEST_WAIT = 30
"""In seconds. Longer waits are cut to this."""

PREFER: Parameter[str] = Parameter(
    name="Prefer",
    place="header",
    form=TypeAdapter(str),
    description=f"With `wait=N` (RFC 7240) the answer waits for a change, up to N seconds and at"
    f" most {LONGEST_WAIT}: while a tag of `If-None-Match` matches, or there is no such product.",
)
PREFERENCE_APPLIED: Mapping[str, Node] = {
    "Preference-Applied": {
        "description": "`wait=N` if the answer waited, or would have waited, up to N seconds.",
        "required": False,
        "schema": TEXT,
    }
}
# Possessive throughout: nothing is read twice, however long the header.
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_PREFERENCE = re.compile(
    rf"[\s,]*+(?P<name>[^\s,;=\"]++)\s*+(?:=\s*+(?P<value>{_QUOTED}|[^\s,;\"]*+))?+"
    rf"(?:{_QUOTED}|[^,\"])*+(?:,|$)"
)


def preferred_wait(request: web.BaseRequest) -> int | None:
    """Return for how many seconds the client is ready to wait; None if it does not say so."""
    header = ",".join(request.headers.getall("Prefer", ()))
    end = 0
    while preference := _PREFERENCE.match(header, end):
        end = preference.end()
        if preference["name"].lower() == "wait":
            # Of two the first one counts.
            return _seconds((preference["value"] or "").strip('"'))
    return None


def _seconds(text: str) -> int | None:
    if not re.fullmatch("[0-9]{1,9}", text):
        return None
    return min(int(text), LONGEST_WAIT) or None
