"""Checks answers against the OpenAPI document."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from aiohttp import TraceConfig
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from assembly_service.http.security_headers import OF_ANSWERS, OF_PAGES, OVER_HTTPS

OF_EVERY_ANSWER = frozenset(
    {
        "access-control-allow-origin",
        "access-control-expose-headers",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "server",
        "transfer-encoding",
        "vary",
        *(name.lower() for names in (OF_ANSWERS, OF_PAGES, OVER_HTTPS) for name in names),
    }
)
"""Headers that HTTP, a middleware or the security of all answers adds."""


class Described:
    """The calls of a document, by method and path of a request."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._components = deepcopy(document["components"])
        for schema in _nodes(self._components["schemas"]):
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self._validators: dict[int, OAS31Validator] = {}
        self._paths = [
            (_as_pattern(path), document["paths"][path])
            for path in sorted(document["paths"], key=lambda path: path.count("{"))
        ]

    def operation(self, method: str, raw_path: str) -> Mapping[str, Any] | None:
        """The description of a request, if there is one; HEAD is like GET."""
        for path, item in self._paths:
            # A path without parameters wins over those it matches too.
            if path.fullmatch(raw_path):
                found: Mapping[str, Any] | None = item.get(
                    "get" if method == "HEAD" else method.lower()
                )
                return found
        return None

    def check(
        self, method: str, raw_path: str, *, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Fail unless status, headers and body are as described. Other paths are ignored."""
        operation = self.operation(method, raw_path)
        if operation is None:
            return
        answers, name = operation["responses"], operation["operationId"]
        # Only bugs of the service may fall under the default response.
        answer = answers.get(str(status)) or (answers["default"] if status >= 500 else None)
        assert answer is not None, f"{name} answers {status}, which is not described"
        given = {key.lower(): value for key, value in headers.items()}
        self._check_headers(f"{name} {status}", answer, given)
        if method != "HEAD":
            self._check_body(f"{name} {status}", answer, given, body)

    def _check_headers(self, what: str, answer: Any, given: Mapping[str, str]) -> None:
        described = {key.lower(): header for key, header in answer.get("headers", {}).items()}
        extra = given.keys() - described.keys() - OF_EVERY_ANSWER
        assert not extra, f"{what} has undescribed headers: {extra}"
        required = {key for key, header in described.items() if header.get("required", True)}
        missing = required - given.keys()
        assert not missing, f"{what} lacks described headers: {missing}"
        for key, header in ((key, described[key]) for key in described.keys() & given.keys()):
            whole = header["schema"].get("type") == "integer"
            self._validate(header["schema"], int(given[key]) if whole else given[key])

    def _check_body(self, what: str, answer: Any, given: Mapping[str, str], body: bytes) -> None:
        content = answer.get("content", {})
        if not content:
            assert not body, f"{what} has a body that is not described"
            return
        media_type = given["content-type"].partition(";")[0]
        assert media_type in content, f"{what} is {media_type}, which is not described"
        value = json.loads(body) if media_type.endswith("json") else body.decode()
        self._validate(content[media_type]["schema"], value)

    def _validate(self, schema: Mapping[str, Any], value: object) -> None:
        # A used validator has resolved its references, which is slow.
        validator = self._validators.get(id(schema))
        if validator is None:
            whole = {**schema, "components": self._components}
            validator = OAS31Validator(whole, format_checker=oas31_format_checker)
            self._validators[id(schema)] = validator
        validator.validate(value)


def checking(described: Described) -> TraceConfig:
    """Make a client check every answer."""

    async def check(_session: object, _context: object, end: Any) -> None:
        response = end.response
        described.check(
            end.method,
            response.url.raw_path,
            status=response.status,
            headers=response.headers,
            body=await response.read(),
        )

    trace = TraceConfig()
    trace.on_request_end.append(check)
    return trace


def _as_pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)
