"""Handlers of the shop's calls."""

from http import HTTPStatus
from typing import NoReturn

from aiohttp import web
from aiohttp.typedefs import Handler

from assembly_service.access.reader_calls import guarded, seconds_allowed
from assembly_service.access.readers import Readers
from assembly_service.domain import exact_json
from assembly_service.domain.product import Product
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.http.calls import Call, routes
from assembly_service.http.connections import client_gone
from assembly_service.http.preferences import preferred_wait
from assembly_service.http.problems import Problem
from assembly_service.http.responses import ReadyBody, conditional_response
from assembly_service.runtime.clock import Clock
from assembly_service.settings.service import Settings
from assembly_service.shop.calls import (
    CREATE_PRODUCT,
    GET_PRODUCT,
    INSTEAD_OF_GET,
    INSTEAD_OF_POST,
    LIST_ALL,
    LIST_PRODUCTS,
    SHOP_CALLS,
)
from assembly_service.shop.held_requests import HeldRequests
from assembly_service.shop.latest_reads import LatestReads
from assembly_service.shop.pages import Shown, ShownPage, list_body, shown
from assembly_service.shop.parameters import ListRequest, read_list_request, read_product_key
from assembly_service.shop.ready_lists import ReadyLists
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue, Position


class Shop:
    """The routes under `/api/v1/shop` and the refusals under `/api/v1/products`.

    Without `readers` everybody may read everything.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        recent_changes: RecentChanges,
        settings: Settings,
        clock: Clock,
        readers: Readers | None,
    ) -> None:
        self._readers = readers
        self._catalogue = catalogue
        self._recent_changes = recent_changes
        self._settings = settings
        self._clock = clock
        self._latest = LatestReads(catalogue=catalogue, clock=clock)
        self._held = HeldRequests(
            changed_positions=catalogue.changed_positions,
            clock=clock,
            allowance_seconds=settings.clock_skew_allowance + settings.commit_allowance,
        )
        self._ready_lists = ReadyLists(newest=catalogue.newest, clock=clock)
        recent_changes.on_change = self._note_change

    def routes(self) -> list[web.RouteDef]:
        """Return all routes."""
        handlers: dict[Call, Handler] = {
            LIST_PRODUCTS: guarded(self.products, self._readers),
            GET_PRODUCT: guarded(self.product, self._readers),
            LIST_ALL: self.refusal,
            CREATE_PRODUCT: self.refusal,
        }
        # Other methods get the same refusal.
        return [*routes(SHOP_CALLS, handlers), web.route("*", LIST_ALL.path, self.refusal)]

    async def products(self, request: web.Request) -> web.Response:
        """Answer with a page of a seller's products: the newest, or changes since an instant."""
        asked = read_list_request(request, settings=self._settings, now=self._clock())
        seconds = preferred_wait(request)
        if seconds is None or not request.if_none_match or asked.cursor is not None:
            return _list_response(request, asked, await self._page(asked))

        async def look() -> web.Response:
            return _list_response(request, asked, await self._latest_page(asked))

        allowed = seconds_allowed(request, seconds, now=self._clock())
        response = await self._held.hold(
            asked.seller_handle,
            seconds=allowed,
            gone=client_gone(request),
            look=look,
            is_news=_is_modified,
        )
        response.headers.update(_applied(allowed))
        return response

    async def product(self, request: web.Request) -> web.Response:
        """Answer with one product."""
        key = read_product_key(request)
        seconds = preferred_wait(request)
        applied = {}
        if seconds is None:
            response = _product_response(request, await self._catalogue.product(key))
        else:

            async def look() -> web.Response | None:
                return _product_response(request, await self._latest.product(key))

            allowed = seconds_allowed(request, seconds, now=self._clock())
            applied = _applied(allowed)
            response = await self._held.hold(
                key.seller_handle,
                video_id=key.video_id,
                seconds=allowed,
                gone=client_gone(request),
                look=look,
                is_news=_is_modified,
            )
        if response is None:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "This seller has no such product, or it is not assembled yet.",
                headers=applied,
            )
        response.headers.update(applied)
        return response

    async def refusal(self, request: web.Request) -> NoReturn:
        """Answer 405, naming what to use instead."""
        detail = INSTEAD_OF_GET if request.method in {"GET", "HEAD"} else INSTEAD_OF_POST
        # A 405 must list the allowed methods, and there are none.
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, headers={"Allow": ""})

    async def end_waiting(self, _: web.Application) -> None:
        """Answer all requests that are held: the application shuts down."""
        self._held.close()

    async def close(self, _: web.Application) -> None:
        """Cancel the reads of those who were not answered in time."""
        await self._latest.close()

    def _note_change(self, seller_handle: str, product: Shown | None) -> None:
        """Note a product that was written, or None if a change may have been missed."""
        if product is None:
            self._ready_lists.invalidate(seller_handle)
            self._held.wake(seller_handle)
        else:
            self._ready_lists.add(seller_handle, product)
            self._held.wake(seller_handle, product["video_id"])

    async def _page(self, asked: ListRequest) -> ShownPage:
        cursor = asked.cursor
        if asked.changes_from is None:
            if cursor is None:
                return await self._ready_lists.page(asked.seller_handle, limit=asked.limit)
            now = self._clock()
            page = await self._catalogue.newest(
                asked.seller_handle, limit=asked.limit, after=cursor.video_id
            )
            return shown(page, seller_handle=asked.seller_handle, read_at=now)
        after = Position(cursor.updated_at or "", cursor.video_id) if cursor else None
        return await self._recent_changes.page(
            asked.seller_handle, since=asked.changes_from, limit=asked.limit, after=after
        )

    async def _latest_page(self, asked: ListRequest) -> ShownPage:
        if asked.changes_from is None:
            return await self._latest.first_page(asked.seller_handle, limit=asked.limit)
        return await self._latest.changes(
            asked.seller_handle, since=asked.changes_from, limit=asked.limit
        )


def _is_modified(response: web.Response | None) -> bool:
    return response is not None and response.status != HTTPStatus.NOT_MODIFIED


def _applied(seconds: float) -> dict[str, str]:
    return {"Preference-Applied": f"wait={int(seconds)}"}


def _product_response(request: web.Request, product: Product | None) -> web.Response | None:
    if product is None:
        return None
    body = exact_json.dumps(product.shown())
    return conditional_response(request, ReadyBody(body, version=[body]))


def _list_response(request: web.Request, asked: ListRequest, page: ShownPage) -> web.Response:
    if asked.cursor is None and asked.since is None:
        return conditional_response(request, page.first_of_newest)
    timestamp = asked.cursor.timestamp if asked.cursor else format_milliseconds(page.read_at)
    return conditional_response(request, list_body(page, timestamp=timestamp, since=asked.since))
