"""The bodies of actions: declared, and read from requests."""

from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import models_json_schema

from assembly_service.domain import exact_json
from assembly_service.domain.events import SellerHandle, VideoId
from assembly_service.domain.product import HalfKind
from assembly_service.http.problems import Mistake, Problem, invalid_parameters
from assembly_service.http.schemas import REFERENCES, Schema
from assembly_service.operations.dead_letters import REASONS
from assembly_service.operations.repairing import Edit, parse_path

_MOST_VIDEOS = 1_000
_MOST_EDITS = 100
_SENTENCES = {
    "queue": "must be caption or thumbnail.",
    "reason": f"must be one of {', '.join(REASONS)}.",
    "messageId": "must be a string.",
    "edits": f"must be a list of at most {_MOST_EDITS} objects with a `path` and a `value`.",
    "preview": "must be true or false.",
    "sellerHandle": "must be a seller handle.",
    "videoIds": f"must be a list of 1 to {_MOST_VIDEOS} video ids.",
}

Body = TypeVar("Body", bound=BaseModel)


def _known(reason: str) -> str:
    if reason not in REASONS:
        raise ValueError("not a reason of this service")
    return reason


_Reason = Annotated[str, AfterValidator(_known), WithJsonSchema({"enum": REASONS})]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class LetterEdit(_Body):
    """A value to be set in the event of a dead letter."""

    path: Annotated[str, Field(description="A dotted path or a JSON pointer.")]
    value: Any

    def edit(self) -> Edit:
        """Return the edit. Raises Problem."""
        try:
            return Edit(parse_path(self.path), self.value)
        except ValueError as error:
            raise invalid_parameters([Mistake("edits", str(error))]) from None


class RedriveRequest(_Body):
    """Which dead letters to put back, and how to repair them before."""

    queue: HalfKind | None = None
    reason: _Reason | None = None
    message_id: str | None = None
    edits: Annotated[list[LetterEdit], Field(max_length=_MOST_EDITS)] = []
    preview: Annotated[StrictBool, Field(description="Only say what would be done.")]


class AnnouncementRequest(_Body):
    """Which products to announce again: the named ones of a seller, or all."""

    seller_handle: SellerHandle
    video_ids: Annotated[list[VideoId] | None, Field(min_length=1, max_length=_MOST_VIDEOS)] = None
    preview: Annotated[StrictBool, Field(description="Only say what would be done.")]


def request_schemas() -> dict[str, Schema]:
    """Return the JSON schemas of the bodies, by name."""
    _, found = models_json_schema(
        [(RedriveRequest, "validation"), (AnnouncementRequest, "validation")],
        ref_template=REFERENCES,
    )
    schemas: dict[str, Schema] = found["$defs"]
    return schemas


async def read_body(request: web.Request, body: type[Body]) -> Body:
    """Read the body of an action, with exact numbers. Raises Problem."""
    try:
        value = exact_json.loads((await request.read()).decode())
        # Half of a surrogate pair could not be sent to the queue.
        exact_json.dumps(value)
    except (ValueError, TypeError):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object in UTF-8.") from None
    try:
        return body.model_validate(value)
    except ValidationError as error:
        raise _refused(error) from None


def _refused(error: ValidationError) -> Problem:
    names = dict.fromkeys(str(each["loc"][0]) for each in error.errors() if each["loc"])
    if not names:
        return Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return invalid_parameters(
        [Mistake(name, _SENTENCES.get(name, "is not known here.")) for name in names]
    )
