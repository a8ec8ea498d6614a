"""Errors as clients see them: `application/problem+json`, RFC 9457."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from aiohttp import web

from assembly_service.domain import exact_json
from assembly_service.http.schemas import TEXT, Schema, object_schema, with_optional

PUBLIC_PATH = web.RequestKey("public_path", str)
"""The path prefix under which the client reaches this service, as in `/assembly`; often empty."""
INVALID_PARAMETERS = "/api/docs#invalid-parameters"
"""The type of problems about invalid parameters; all others are `about:blank`."""


class Mistake(NamedTuple):
    """An invalid parameter and a sentence about it, which never repeats what was sent."""

    parameter: str
    message: str


class Problem(Exception):
    """Ends a request with an error. `detail` is one sentence: what is wrong and what to do."""

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


EARLY_PROBLEM = web.RequestKey("early_problem", Problem)
"""The problem of a request that must not reach its handler: it is malformed, or one too many."""
UNEXPECTED_PROBLEM = Problem(
    HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here, and it has been logged."
)


def early_problem(request: web.Request) -> Problem | None:
    """Return the problem of a request that the current application must answer, in its own form."""
    problem = request.get(EARLY_PROBLEM)
    return problem if problem and request.match_info.apps[-1] is request.app else None


def invalid_parameters(mistakes: Sequence[Mistake]) -> Problem:
    """Return a 400 that names every invalid parameter."""
    detail = " ".join(f"{mistake.parameter} {mistake.message}" for mistake in mistakes)
    return Problem(HTTPStatus.BAD_REQUEST, detail, mistakes=mistakes)


def problem_response(request: web.BaseRequest, problem: Problem) -> web.Response:
    """Return the response for a problem, with paths as the client sees them."""
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
    """Return the schema of all problems."""
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
        "description": "Every invalid parameter.",
    }
    return with_optional(always, errors=errors)
