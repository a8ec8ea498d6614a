"""Creates the applications of the public port and the operators' port."""

from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware

from assembly_service.access.readers import Readers
from assembly_service.http.calls import Call
from assembly_service.http.documentation import Documentation
from assembly_service.http.forwarded import admits_live
from assembly_service.http.middleware import (
    admit_origins,
    answer_errors,
    compress,
    limit_addresses,
    note_public_path,
)
from assembly_service.http.mounting import Mounted
from assembly_service.http.pages import FLOW_PATHS, PATHS, PUBLIC_PATHS, Pages
from assembly_service.http.security_headers import add_security_headers
from assembly_service.openapi import openapi_document
from assembly_service.operations.calls import public_calls
from assembly_service.operations.handlers import OperationsHandlers
from assembly_service.operations.operator_calls import OperatorCalls, operator_calls_document
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import HttpMetrics, Metrics
from assembly_service.settings.readers import ReaderAuth
from assembly_service.settings.service import Settings
from assembly_service.shop.handlers import Shop
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue


def create_application(
    *,
    catalogue: Catalogue,
    recent_changes: RecentChanges,
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
    operations: OperationsHandlers,
    readers: Readers | None,
    mounted: Sequence[Mounted] = (),
    local_calls: web.Application | None = None,
    operator_calls: OperatorCalls | None = None,
) -> web.Application:
    """Create the public application: REST, its documentation, and public calls of operators.

    Without `readers` everybody may read everything. `mounted` are applications with errors in a
    form of their own. Only the local mode serves `local_calls` (those of its pages) and
    `operator_calls` here. Socket.IO can be attached to the result.
    """
    application = web.Application(middlewares=_middlewares(settings, metrics.http))
    add_security_headers(application, settings.trusted_proxies)
    shop = Shop(
        catalogue=catalogue,
        recent_changes=recent_changes,
        settings=settings,
        clock=clock,
        readers=readers,
    )
    application.on_shutdown.append(shop.end_waiting)
    application.on_cleanup.append(shop.close)
    public = public_calls(settings)
    parts = [each.document for each in mounted]
    if operator_calls is not None:
        parts.insert(0, operator_calls_document())
        application.add_routes(operator_calls.routes())
    auth: ReaderAuth = "off" if readers is None else settings.reader_auth
    document = openapi_document(parts, operations=public, readers=auth)
    pages = Pages(local=local_calls is not None, drafts=bool(mounted))
    paths = PUBLIC_PATHS if operator_calls is None else PATHS
    shown = paths if settings.pages else ()
    application.add_routes([*shop.routes(), *operations.routes(public)])
    _add_pages(application, pages, Documentation(document, pages), shown)
    for each in mounted:
        for prefix, other in each.applications.items():
            application.add_subapp(prefix, other)
    if local_calls is not None:
        application.add_subapp("/local", local_calls)
    return application


def _add_pages(
    application: web.Application,
    pages: Pages,
    documentation: Documentation,
    shown: Sequence[str],
) -> None:
    """Add the documentation, and the pages that are shown, if any are."""
    application.add_routes([*documentation.routes(), *pages.routes()])
    if shown:
        application.middlewares.append(pages.show_missing)
        application.add_routes(pages.page_routes(shown))
    else:
        application.add_routes([web.get("/", documentation.redirect_to_page)])


def _middlewares(settings: Settings, metrics: HttpMetrics) -> list[Middleware]:
    most = settings.most_of_an_address
    return [
        *([] if most is None else [limit_addresses(most, settings.trusted_proxies, metrics)]),
        note_public_path(settings.public_path, settings.trusted_proxies),
        admit_origins(
            settings.cors_origins,
            to_streams=admits_live(settings),
            allowed_headers=settings.cors_allowed_headers,
            credentials=settings.cors_credentials,
        ),
        compress,
        answer_errors,
    ]


def create_operations_application(
    operations: OperationsHandlers,
    calls: Sequence[Call],
    operator_calls: OperatorCalls | None = None,
    *,
    with_pages: bool = False,
) -> web.Application:
    """Create an application with operators' calls only, and their pages if they are wanted."""
    application = web.Application(middlewares=[compress, answer_errors])
    add_security_headers(application)
    application.add_routes(operations.routes(calls))
    if operator_calls is not None:
        application.add_routes(operator_calls.routes())
    if with_pages:
        pages = Pages(flow_alone=True)
        application.middlewares.append(pages.show_missing)
        application.add_routes([*pages.routes(), *pages.page_routes(FLOW_PATHS)])
    return application
