"""Rules for uploaded files, whose metadata in a draft comes from the browser."""

from collections.abc import Mapping
from dataclasses import dataclass

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import shortened
from assembly_service.drafts.project.fields import JsonType

_ANYTHING = "application/octet-stream"
FILE_TYPES: Mapping[str, frozenset[str]] = {
    "pdf": frozenset({"application/pdf"}),
    "doc": frozenset({"application/msword"}),
    "docx": frozenset({"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}),
    "zip": frozenset({"application/zip", "application/x-zip-compressed"}),
    "png": frozenset({"image/png"}),
    "jpg": frozenset({"image/jpeg", "image/jpg"}),
    "jpeg": frozenset({"image/jpeg", "image/jpg"}),
}
"""The media types that fit each extension. Browsers that know none declare nothing or
`application/octet-stream`, which fits all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRules:
    """The maximum file size, in megabytes of 1024 x 1024 bytes."""

    most_megabytes: int

    @property
    def most_bytes(self) -> int:
        """The maximum in bytes."""
        return self.most_megabytes * 1024 * 1024


def file_mistake(file: Value, rules: FileRules) -> str | None:
    """Return why a file is invalid, or None."""
    if not isinstance(file, dict) or not JsonType.TEXT.fits(file.get("name")):
        return "Every uploaded file must be an object with a name"
    name, size, declared = shortened(file["name"]), file.get("size", -1), file.get("type") or ""
    if file.get("status") != "success":
        return f"{name} is not uploaded"
    if not JsonType.NUMBER.fits(size) or size < 0:
        return f"{name} must have a size"
    if size > rules.most_bytes:
        return f"{name} must be at most {rules.most_megabytes} MB"
    stem, _, extension = file["name"].rpartition(".")
    fitting = FILE_TYPES.get(extension.lower()) if stem else None
    if fitting is None:
        return f"{name} must be one of: {', '.join(f'.{each}' for each in FILE_TYPES)}"
    if not isinstance(declared, str) or declared.lower() not in {"", _ANYTHING, *fitting}:
        return f"{name} has a type that does not fit its extension"
    return None
