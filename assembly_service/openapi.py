"""The OpenAPI document of the public application."""

from collections.abc import Sequence

from assembly_service.http.calls import Call
from assembly_service.http.document import DocumentPart, whole_document
from assembly_service.http.documentation import documentation_document
from assembly_service.http.problems import problem_schema
from assembly_service.http.schemas import Node
from assembly_service.notification.event_calls import event_document
from assembly_service.operations.calls import OPERATIONS_CALLS, operations_document
from assembly_service.runtime.version import own_version
from assembly_service.settings.readers import ReaderAuth
from assembly_service.shop.calls import shop_document

_INFO: Node = {
    "title": "assembly-service",
    "version": own_version(),
    "summary": "The products of sellers, assembled from the captions and thumbnails of videos.",
    "description": "Use this API for the first load and for polling. For live changes connect with"
    " Socket.IO to the namespace `/products`.",
}


def openapi_document(
    parts: Sequence[DocumentPart] = (),
    *,
    operations: Sequence[Call] = OPERATIONS_CALLS,
    readers: ReaderAuth = "off",
) -> Node:
    """Return the OpenAPI 3.1 document, with the `parts` of mounted applications.

    `operations` are the operators' calls that are served on the same port, `readers` is the
    READER_AUTH with which shops are.
    """
    shared = DocumentPart(tags=[], paths={}, schemas={"Problem": problem_schema()})
    of_shops = [shop_document(readers), event_document(readers)]
    own = [*of_shops, operations_document(operations), documentation_document(), shared]
    return whole_document(_INFO, [*own, *parts])
