"""Errors as clients see them: `application/problem+json`, RFC 9457."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from aiohttp import web

from assembly_service.domain import exact_json
from assembly_service.http.schemas import TEXT, Schema, object_schema, with_optional

PUBLIC_PATH = web.RequestKey("public_path", str)
"""The path below which the client sees this service, as in `/assembly`; mostly empty."""
INVALID_PARAMETERS = "/api/docs#invalid-parameters"
"""The type of the problem that names broken parameters; every other is `about:blank`."""


class Mistake(NamedTuple):
    """A broken parameter and a sentence about it. The message never repeats what was sent."""

    parameter: str
    message: str


class Problem(Exception):
    """Ends a request with an error. `detail` is one sentence: what is wrong, what to do."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        mistakes: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.mistakes = mistakes
        self.headers = headers or {}


REFUSED = web.RequestKey("refused", Problem)
"""Why a request is refused whatever it asks for: it is none, or one too many."""


def refused(request: web.Request) -> Problem | None:
    """Why a request is refused, if the current application is to say so, in its own form."""
    return request.get(REFUSED) if request.match_info.apps[-1] is request.app else None


def invalid_parameters(mistakes: Sequence[Mistake]) -> Problem:
    """400, naming every broken parameter."""
    detail = " ".join(f"{mistake.parameter} {mistake.message}" for mistake in mistakes)
    return Problem(HTTPStatus.BAD_REQUEST, detail, mistakes=mistakes)


def problem_response(request: web.BaseRequest, problem: Problem) -> web.Response:
    """The answer for a problem. What refers to this service does so as the client sees it."""
    below = request.get(PUBLIC_PATH, "")
    body: dict[str, exact_json.Value] = {
        "type": f"{below}{INVALID_PARAMETERS}" if problem.mistakes else "about:blank",
        "title": "Invalid parameters" if problem.mistakes else problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "instance": f"{below}{request.rel_url.raw_path}",
    }
    if problem.mistakes:
        body["errors"] = [mistake._asdict() for mistake in problem.mistakes]
    return web.Response(
        status=problem.status.value,
        body=exact_json.dumps(body),
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def problem_schema() -> Schema:
    """What every problem looks like, for the document."""
    always = object_schema(
        type={"type": "string", "format": "uri-reference"},
        title=TEXT,
        status={"type": "integer", "minimum": 400, "maximum": 599},
        detail={**TEXT, "description": "What is wrong and what to do."},
        instance={"type": "string", "format": "uri-reference"},
    )
    errors = {
        "type": "array",
        "items": object_schema(parameter=TEXT, message=TEXT),
        "description": "Every broken parameter.",
    }
    return with_optional(always, errors=errors)
