"""JSON schemas of the events, from the models that check them."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from assembly_service.domain.events import CaptionParsed, ThumbnailGenerated
from assembly_service.domain.intake import THUMBNAIL_SIGNS
from assembly_service.domain.product import HalfKind

Schema = dict[str, Any]

DEFINITIONS = "#/$defs/{model}"
"""Where JSON Schema 2020-12 keeps what a schema refers to."""

# JSON Schema cannot strip a text before it counts: the pattern does. This is Unicode's white space.
_SPACE = r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TITLE: Schema = {
    "type": "string",
    "description": "1 to 500 characters; white space around them is removed.",
    "pattern": rf"^[{_SPACE}]*[^{_SPACE}]([\s\S]{{0,498}}[^{_SPACE}])?[{_SPACE}]*$",
}


class _WithoutFieldTitles(GenerateJsonSchema):
    """Leaves out the titles that pydantic makes up."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False


def model_schema(model: type[Any], references: str = DEFINITIONS) -> Schema:
    """Return the schema of a model. `references` is the form of references, with `{model}`."""
    return TypeAdapter(model).json_schema(
        ref_template=references, schema_generator=_WithoutFieldTitles
    )


def event_schema(kind: HalfKind, references: str = DEFINITIONS) -> Schema:
    """Return the schema of the events that the service accepts from the queue of these halves.

    It cannot say everything: dates that no calendar has, more than 38 digits, and text that is not
    well-formed Unicode pass it and are refused.
    """
    if kind is HalfKind.THUMBNAIL:
        return model_schema(ThumbnailGenerated, references)
    caption = model_schema(CaptionParsed, references)
    # With one of these it would be a thumbnail event, on the wrong queue.
    caption["properties"] |= dict.fromkeys(sorted(THUMBNAIL_SIGNS), False) | {"title": _TITLE}
    return caption
