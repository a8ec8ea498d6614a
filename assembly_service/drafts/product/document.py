"""The part of the OpenAPI document about product drafts and the catalogue."""

from assembly_service.drafts.engine.declarations import SECURITY_SCHEMES
from assembly_service.drafts.product.calls import DRAFT_CALLS, DRAFTS, PREFIX
from assembly_service.drafts.product.catalogue_calls import CATALOGUE, CATALOGUE_CALLS
from assembly_service.drafts.product.records import MatchMode
from assembly_service.drafts.product.schemas import draft_schemas
from assembly_service.http.calls import paths
from assembly_service.http.document import DocumentPart

_ABOUT_DRAFTS = """\
A product and its audience target are prepared in a draft that only its user sees, and are
then published together, in one step that succeeds or fails as a whole:

1. create a draft; it lives until its `expiresAt`, which no call prolongs
2. add the product; add it again to correct it
3. configure the audience target; without this step the product is for everyone
4. commit; poll the progress if it takes long

Each call replaces the whole product or the whole target. Everything that is wrong with a body is
answered at once, line by line in `errors`."""
_ABOUT_THE_CATALOGUE = """\
Committed products, and products created without a draft. The calls see the products of the
caller's organisation. Each answers a product together with its audience target."""


def product_drafts_document(match_mode: MatchMode = "any") -> DocumentPart:
    """Return the part of the document for an instance that serves the calls.

    Its schema of a target says in `x-match-mode` how new targets match people.
    """
    return DocumentPart(
        tags=[
            {"name": DRAFTS, "description": _ABOUT_DRAFTS},
            {"name": CATALOGUE, "description": _ABOUT_THE_CATALOGUE},
        ],
        paths=paths((*DRAFT_CALLS, *CATALOGUE_CALLS), prefix=PREFIX),
        schemas=draft_schemas(match_mode),
        security_schemes=SECURITY_SCHEMES,
    )
