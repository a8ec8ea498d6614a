"""What the calls read from requests."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from aiohttp import hdrs, web

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.draft import Part
from assembly_service.drafts.engine.json_body import (
    InvalidBody,
    int_if_whole,
    read_object,
    shortened,
    unknown_lines,
)
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.requests import text_of_header
from assembly_service.drafts.project.fields import Data, merged, mistakes_in
from assembly_service.drafts.project.refusals import Code, ProjectRefusal, invalid
from assembly_service.drafts.project.rules import DATA, Sent
from assembly_service.drafts.project.validation import ALL_STEPS
from assembly_service.http.forwarded import client_address
from assembly_service.settings.values import TrustedProxies

_STEPS = ("currentStep", "completedSteps")
_LONGEST_HEADER = 512


async def read_json(request: web.Request) -> dict[str, Value]:
    """The JSON object of the body; an empty body stands for `{}`. Raises Refusal."""
    try:
        return read_object(await read_body(request))
    except InvalidBody as error:
        raise invalid({"body": " ".join(error.lines)}) from None


def sent_to_create(body: Mapping[str, Value]) -> Sent:
    """What a new session is to hold. Raises Refusal, also for what only the server may say."""
    refuse_unknown(body, {DATA, *_STEPS})
    return _sent(body)


def sent_to_update(body: Mapping[str, Value]) -> Sent:
    """What is to be saved in a session. Raises Refusal."""
    refuse_unknown(body, {"sessionId", DATA, *_STEPS, "expectedVersion"})
    sent = _sent(body)
    if "expectedVersion" not in body:
        return sent
    version = int_if_whole(body["expectedVersion"])
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise invalid({"expectedVersion": "expectedVersion must be a version of the session"})
    return replace(sent, expected_versions={version})


def with_if_match(sent: Sent, request: web.Request) -> Sent:
    """The same, on the version that the header `If-Match` names. Raises Refusal.

    The header may name several, and any (`*`); one that is no version is that of no session.
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
    """The step that is to be validated. Raises Refusal."""
    refuse_unknown(body, {"step", "data"})
    step = _step(body.get("step"))
    if step is None:
        raise _invalid_step("step", "must be a whole number from 1 to 4")
    return step


def data_of(body: Mapping[str, Value], name: str) -> Data:
    """The values of a project in a body, none if there are none. Raises Refusal."""
    data = body.get(name, {})
    if not isinstance(data, dict):
        raise invalid({name: f"{name} must be an object"})
    return _checked(data)


def data_in(body: Mapping[str, Value]) -> Data:
    """The values of a project that a body is. Raises Refusal."""
    return merged({}, _checked(body))


def client_of(request: web.Request, trusted: TrustedProxies) -> Part:
    """With what a client came: kept with the session."""
    client = {
        "userAgent": text_of_header(request, hdrs.USER_AGENT),
        "ipAddress": client_address(request, trusted),
        "deviceInfo": text_of_header(request, "sec-ch-ua-platform").strip('"'),
    }
    return {name: value[:_LONGEST_HEADER] for name, value in client.items()}


def refuse_unknown(body: Iterable[str], known: Container[str]) -> None:
    """Raises Refusal if a body has any other key."""
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
    return Sent(data=data_of(body, DATA), current_step=current, completed_steps=completed)


def _invalid_step(name: str, what_is_right: str) -> ProjectRefusal:
    return ProjectRefusal(Code.INVALID_STEP, details={"errors": {name: f"{name} {what_is_right}"}})


def _steps(value: Value) -> list[int] | None:
    """Steps without repetitions, ascending; None if anything else is among them."""
    if not isinstance(value, list):
        return None
    steps = [step for each in value if (step := _step(each)) is not None]
    return sorted(set(steps)) if len(steps) == len(value) else None


def _step(value: Value) -> int | None:
    number = int_if_whole(value)
    is_step = isinstance(number, int) and not isinstance(number, bool) and number in ALL_STEPS
    return number if is_step else None
