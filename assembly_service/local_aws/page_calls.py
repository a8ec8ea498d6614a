"""Calls for the pages of the local mode alone: a token, and events to send.

They are mounted by `assembly-service local` and by nothing else; no setting brings them elsewhere.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, Field
from yarl import URL

from assembly_service.access.caller import Privilege
from assembly_service.access.readers import ALL_SELLERS
from assembly_service.access.signing import signed_token
from assembly_service.aws.clients import Clients
from assembly_service.domain import exact_json
from assembly_service.domain.origins import normalised_origin
from assembly_service.http.forwarded import origin_sent_to
from assembly_service.http.problems import Problem
from assembly_service.local_aws.reference import ORGANIZATION
from assembly_service.runtime.clock import wall_clock
from assembly_service.settings.service import Settings

_HOSTS = {"localhost", "127.0.0.1", "::1"}
_TOKEN_SECONDS = 3_600
_MOST_EVENTS = 10
"""In one call and of one kind: what SQS takes in one batch."""


def page_calls(settings: Settings, clients: Clients) -> web.Application:
    """Create an application with these calls."""
    application = web.Application(middlewares=[_answer_own_pages])
    calls = _PageCalls(settings, clients.sqs)
    application.add_routes([web.post("/token", calls.token), web.post("/events", calls.events)])
    return application


@web.middleware
async def _answer_own_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse everyone but the service's own pages on this machine.

    A hostile page can make its own host name resolve to this address, so that its origin equals the
    request's; but it cannot make the browser send another host name.
    """
    own = origin_sent_to(request, 0)
    origin = normalised_origin(request.headers.get(hdrs.ORIGIN, ""))
    if own is None or origin != own or URL(own).host not in _HOSTS:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "Only pages of this service may call this, opened at localhost, 127.0.0.1 or [::1].",
        )
    return await handler(request)


class _Events(BaseModel, extra="forbid"):
    captions: list[Any] = Field(default=[], max_length=_MOST_EVENTS)
    thumbnails: list[Any] = Field(default=[], max_length=_MOST_EVENTS)


class _PageCalls:
    def __init__(self, settings: Settings, sqs: Any) -> None:
        self._settings = settings
        self._sqs = sqs

    async def token(self, _: web.Request) -> web.Response:
        """Answer with a token that has all rights for an hour, in the samples' organisation."""
        tokens = self._settings.tokens
        if tokens is None or tokens.jwt_secret is None:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "This service signs no tokens: set JWT_SECRET and leave a draft system on.",
            )
        token = signed_token(
            tokens,
            issued=wall_clock() // 1000,
            seconds=min(_TOKEN_SECONDS, tokens.jwt_max_lifetime_seconds or _TOKEN_SECONDS),
            claims={
                "sub": "local-user",
                "organizationGuid": ORGANIZATION,
                "privilege": Privilege.MAIN,
                self._settings.reader_sellers_claim: ALL_SELLERS,
            },
        )
        return web.json_response({"token": token}, headers={"Cache-Control": "no-store"})

    async def events(self, request: web.Request) -> web.Response:
        """Send events to the queues, as the workers would. They are checked when received."""
        try:
            sent = _Events.model_validate(exact_json.loads(await request.text()))
        except ValueError:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                f"Send a JSON object with at most {_MOST_EVENTS} captions and as many thumbnails.",
            ) from None
        await self._send(self._settings.sqs_caption_analysis_queue_url, sent.captions)
        await self._send(self._settings.sqs_thumbnail_generation_queue_url, sent.thumbnails)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _send(self, queue_url: str, events: Sequence[exact_json.Value]) -> None:
        entries = [
            {"Id": str(number), "MessageBody": exact_json.message_text(event)}
            for number, event in enumerate(events)
        ]
        if entries:
            await self._sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
