"""Calls that answer in a way of their own: an application below one or several base paths."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from assembly_service.http.document import DocumentPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """Applications by the base path below which each answers, and what the document says."""

    applications: Mapping[str, web.Application]
    document: DocumentPart
