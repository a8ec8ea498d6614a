"""Applications with calls of their own, mounted below base paths."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from assembly_service.http.document import DocumentPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """Applications by base path, and their part of the OpenAPI document."""

    applications: Mapping[str, web.Application]
    document: DocumentPart
