"""Where the drafts' part of the document still looks for pieces of schemas."""

from assembly_service.http.schemas import MILLISECONDS, object_schema, reference

__all__ = ["MILLISECONDS", "object_schema", "reference"]
