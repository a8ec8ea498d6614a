"""The product orchestrator as an application of its own, to be mounted at `/private`."""

from aiohttp import web

from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.refusals import Refusal
from assembly_service.drafts.engine.requests import create_system_application
from assembly_service.drafts.product import answers
from assembly_service.drafts.product.catalogue_api import CatalogueApi
from assembly_service.drafts.product.draft_api import DraftApi
from assembly_service.drafts.product.workflow import PRODUCT_DRAFTS
from assembly_service.http.responses import json_response


def create_draft_application(
    *, drafts: DraftApi, catalogue: CatalogueApi, metrics: DraftMetrics
) -> web.Application:
    """All calls, with errors in the form of this interface."""
    return create_system_application(
        PRODUCT_DRAFTS,
        [*drafts.routes(), *catalogue.routes()],
        answer=_answer,
        metrics=metrics,
    )


def _answer(_: web.Request, refused: Refusal) -> web.Response:
    return json_response(answers.error(refused), status=refused.status, headers=refused.headers)
