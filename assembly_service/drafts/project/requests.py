"""Parses requests."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from aiohttp import hdrs, web

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.draft import Part
from assembly_service.drafts.engine.identifiers import is_session_id
from assembly_service.drafts.engine.json_body import (
    InvalidBody,
    int_if_whole,
    read_object,
    shortened,
    unknown_lines,
)
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.request_keys import SESSION_ID
from assembly_service.drafts.engine.requests import text_of_header
from assembly_service.drafts.project.fields import Data, merged, mistakes_in
from assembly_service.drafts.project.refusals import ErrorCode, ProjectRefusal, invalid
from assembly_service.drafts.project.rules import DATA, Sent
from assembly_service.drafts.project.validation import ALL_STEPS
from assembly_service.http.forwarded import client_address
from assembly_service.settings.values import TrustedProxies

_STEPS = ("currentStep", "completedSteps")
_LONGEST_HEADER = 512


async def read_json(request: web.Request) -> dict[str, Value]:
    """Parse the body as a JSON object; an empty body means `{}`. Raises ProjectRefusal."""
    try:
        return read_object(await read_body(request))
    except InvalidBody as error:
        raise invalid({"body": " ".join(error.lines)}) from None


def sent_to_create(body: Mapping[str, Value]) -> Sent:
    """Parse the body of a create call. Raises ProjectRefusal, also for fields the server sets."""
    _refuse_unknown(body, {DATA, *_STEPS})
    return _sent(body)


def sent_to_update(body: Mapping[str, Value]) -> Sent:
    """Parse the body of a save call. Raises ProjectRefusal."""
    _refuse_unknown(body, {"sessionId", DATA, *_STEPS, "expectedVersion"})
    sent = _sent(body)
    if "expectedVersion" not in body:
        return sent
    version = int_if_whole(body["expectedVersion"])
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise invalid({"expectedVersion": "expectedVersion must be a version of the session"})
    return replace(sent, expected_versions={version})


def with_if_match(sent: Sent, request: web.Request) -> Sent:
    """Restrict the call to the versions in the header `If-Match`, if it is sent.

    It may name several versions or any (`*`). A tag that is not a version matches no session.
    """
    given = request.headers.getall(hdrs.IF_MATCH, ())
    tags = [
        part.strip().removeprefix("W/").strip('"') for each in given for part in each.split(",")
    ]
    named = {int(tag) for tag in tags if re.fullmatch("[0-9]{1,15}", tag)}
    if not given or "*" in tags:
        return sent
    both = named if sent.expected_versions is None else named & {*sent.expected_versions}
    return replace(sent, expected_versions=both)


def step_of(body: Mapping[str, Value]) -> int:
    """Return the step to validate. Raises ProjectRefusal."""
    _refuse_unknown(body, {"step", "data"})
    step = _step(body.get("step"))
    if step is None:
        raise _invalid_step("step", "must be a whole number from 1 to 4")
    return step


def session_in(body: Mapping[str, Value], request: web.Request) -> str:
    """Return the session id in a body, and let the log show it. Raises ProjectRefusal."""
    session_id = body.get("sessionId")
    if not isinstance(session_id, str):
        raise ProjectRefusal(ErrorCode.INVALID_SESSION_ID)
    if is_session_id(session_id):
        request[SESSION_ID] = session_id.lower()
    return session_id


def data_under(body: Mapping[str, Value], name: str) -> Data:
    """Return the project data under `name`, by default none. Raises ProjectRefusal."""
    data = body.get(name, {})
    if not isinstance(data, dict):
        raise invalid({name: f"{name} must be an object"})
    return _checked(data)


def bare_data(body: Mapping[str, Value]) -> Data:
    """Return the project data of a body that has nothing else. Raises ProjectRefusal."""
    return merged({}, _checked(body))


def client_of(request: web.Request, trusted: TrustedProxies) -> Part:
    """Return what a session keeps about its client."""
    client = {
        "userAgent": text_of_header(request, hdrs.USER_AGENT),
        "ipAddress": client_address(request, trusted),
        "deviceInfo": text_of_header(request, "sec-ch-ua-platform").strip('"'),
    }
    return {name: value[:_LONGEST_HEADER] for name, value in client.items()}


def _refuse_unknown(body: Iterable[str], known: Container[str]) -> None:
    """Raise ProjectRefusal if a body has any other key."""
    if lines := unknown_lines(body, known, "field"):
        names = [shortened(name) for name in body if name not in known]
        raise invalid(dict(zip(names, lines, strict=False)))


def _checked(data: Data) -> Data:
    if mistakes := mistakes_in(data):
        raise invalid(mistakes)
    return data


def _sent(body: Mapping[str, Value]) -> Sent:
    current, completed = None, None
    if "currentStep" in body and (current := _step(body["currentStep"])) is None:
        raise _invalid_step("currentStep", "must be a whole number from 1 to 4")
    if "completedSteps" in body and (completed := _steps(body["completedSteps"])) is None:
        raise _invalid_step("completedSteps", "must be a list of whole numbers from 1 to 4")
    return Sent(data=data_under(body, DATA), current_step=current, completed_steps=completed)


def _invalid_step(name: str, rule: str) -> ProjectRefusal:
    return ProjectRefusal(ErrorCode.INVALID_STEP, details={"errors": {name: f"{name} {rule}"}})


def _steps(value: Value) -> list[int] | None:
    """Return distinct steps in ascending order, or None if any item is not a step."""
    if not isinstance(value, list):
        return None
    steps = [step for each in value if (step := _step(each)) is not None]
    return sorted(set(steps)) if len(steps) == len(value) else None


def _step(value: Value) -> int | None:
    number = int_if_whole(value)
    is_step = isinstance(number, int) and not isinstance(number, bool) and number in ALL_STEPS
    return number if is_step else None
