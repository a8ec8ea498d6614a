"""The calls below `/api/v1/operations`, which operators alone are served."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler

from assembly_service.access.opening import Authorize
from assembly_service.aws.clients import Clients
from assembly_service.http.calls import Call, paths, routes
from assembly_service.http.document import DocumentPart
from assembly_service.notification.instances import Instances
from assembly_service.notification.notification import Notification
from assembly_service.operations.actions.access import refusing
from assembly_service.operations.actions.announce import Announcing
from assembly_service.operations.actions.calls import (
    ACTION_SCHEMAS,
    ANNOUNCE,
    REDRIVE,
    SECURITY_SCHEMES,
    ActionCalls,
)
from assembly_service.operations.announcing import Reannouncer
from assembly_service.operations.flow.calls import FLOW, FLOW_SCHEMA, FlowCall
from assembly_service.operations.flow.queues import QueueSizeReader
from assembly_service.operations.flow.rates import RateWatch
from assembly_service.operations.flow.reader import FlowReader
from assembly_service.operations.health import Health
from assembly_service.operations.letter_calls import DEAD_LETTERS, DEAD_LETTERS_SCHEMA, LetterCall
from assembly_service.operations.letter_reader import LetterReader
from assembly_service.operations.tracer import create_tracer
from assembly_service.operations.video_calls import TRACE, TRACE_SCHEMA, VideoCall
from assembly_service.pipeline.collaborators import Announce
from assembly_service.pipeline.creation import assembly_rules, assembly_tables
from assembly_service.runtime.clock import Clock
from assembly_service.settings.service import Settings
from assembly_service.storage.catalogue import Catalogue

_CALLS = (FLOW, TRACE, DEAD_LETTERS, REDRIVE, ANNOUNCE)
_MOST_LETTERS = 1_000
"""The most dead letters of a queue that are read for an answer over HTTP."""
_LETTERS_AGE_SECONDS = 10
"""How long one reading of dead letters serves the traces of videos."""


class OperatorCalls:
    """The calls and their handlers, on either port."""

    def __init__(self, handlers: Mapping[Call, Handler]) -> None:
        self._handlers = handlers

    def routes(self) -> Sequence[web.RouteDef]:
        """Return a route for each call."""
        return routes(_CALLS, self._handlers)


def operator_calls_document() -> DocumentPart:
    """Return what the document says of the calls, where it is served beside them."""
    return DocumentPart(
        tags=(),
        paths=paths(_CALLS),
        schemas={
            "Flow": FLOW_SCHEMA,
            "VideoTrace": TRACE_SCHEMA,
            "DeadLetters": DEAD_LETTERS_SCHEMA,
            **ACTION_SCHEMAS,
        },
        security_schemes=SECURITY_SCHEMES,
    )


def create_operator_calls(
    settings: Settings,
    clients: Clients,
    *,
    clock: Clock,
    health: Health,
    notification: Notification,
    instances: Instances,
    rates: RateWatch,
    authorize: Authorize | None,
) -> OperatorCalls:
    """Create the calls of this instance. Without `authorize` it verifies no tokens."""
    letters = LetterReader(clients.sqs, settings.queue_urls, most=_MOST_LETTERS, clock=clock)
    flow = FlowReader(
        instances=instances,
        latest_products=notification.latest_products,
        queues=QueueSizeReader(clients.sqs, settings.queue_urls),
        tables=assembly_tables(settings, clients.dynamodb),
        rates=rates,
        health=health,
        subscriptions=notification.subscriptions,
        clock=clock,
    )
    tracer = create_tracer(
        settings, clients, letters=letters, clock=clock, max_age_seconds=_LETTERS_AGE_SECONDS
    )
    actions = ActionCalls(
        authorize=authorize or refusing(settings),
        letters=letters,
        announcing=_announcing(settings, clients, notification.announcer.announce, clock),
    )
    return OperatorCalls(
        {
            FLOW: FlowCall(flow).answer,
            TRACE: VideoCall(tracer).answer,
            DEAD_LETTERS: LetterCall(letters).answer,
            REDRIVE: actions.redrive,
            ANNOUNCE: actions.announce,
        }
    )


def _announcing(
    settings: Settings, clients: Clients, announce: Announce, clock: Clock
) -> Announcing:
    return Announcing(
        catalogue=Catalogue(dynamodb=clients.dynamodb, table=settings.dynamodb_products_table),
        new_reannouncer=lambda: Reannouncer(
            tables=assembly_tables(settings, clients.dynamodb_writes),
            announce=announce,
            rules=assembly_rules(settings),
            clock=clock,
            correlation_id=f"announce-{uuid4()}",
        ),
    )
