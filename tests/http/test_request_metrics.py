"""Requests are counted by their routes, and the time that answers took is the service's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from assembly_service.http.middleware import answer_errors
from assembly_service.http.server import http_server, public_endpoint
from assembly_service.runtime.metrics import Metrics
from tests.notification.raw import CONNECT, polling_session, raw_websocket
from tests.notification.streams import PATH, reading
from tests.notification.support import plain_settings, running_instance, until

Figure = Callable[..., float | None]
PAUSE_SECONDS = 0.03


async def _thing(_: web.Request) -> web.Response:
    await asyncio.sleep(PAUSE_SECONDS)
    return web.Response(text="thing")


async def _fail(_: web.Request) -> web.Response:
    raise RuntimeError("a bug")


async def _waited(_: web.Request) -> web.Response:
    return web.Response(headers={"Preference-Applied": "wait=30"})


@asynccontextmanager
async def served(*, inner: bool = False) -> AsyncIterator[tuple[ClientSession, Figure]]:
    """An application behind the service's server; `inner`: without an answer to bugs."""
    metrics = Metrics()
    application = web.Application(middlewares=[] if inner else [answer_errors])
    application.router.add_get("/things/{id:[0-9]+}", _thing)
    application.router.add_post("/things", _fail)
    application.router.add_get("/changes", _waited)
    mounted = web.Application()
    mounted.router.add_get("/{id}", _waited)
    application.add_subapp("/mounted", mounted)
    endpoint = public_endpoint(plain_settings(port=0))

    def figure(name: str, route: str, method: str = "GET", **labels: str) -> float | None:
        labels |= {"route": route, "method": method}
        return metrics.registry.get_sample_value(f"assembly_http_{name}", labels)

    async with (
        http_server(application, endpoint, metrics=metrics.http) as url,
        ClientSession(url) as http,
    ):
        yield http, figure


@pytest.mark.parametrize(
    ("method", "path", "counted"),
    [
        ("GET", "/things/1", ("/things/{id}", "GET", "2xx")),
        ("HEAD", "/things/1", ("/things/{id}", "HEAD", "2xx")),
        ("POST", "/things", ("/things", "POST", "5xx")),
        ("GET", "/mounted/1", ("/mounted/{id}", "GET", "2xx")),
        ("GET", "/nowhere/1", ("other", "GET", "4xx")),
        ("DELETE", "/things/1", ("other", "DELETE", "4xx")),
        ("PROPFIND", "/nowhere", ("other", "other", "4xx")),
    ],
)
async def test_a_request_counts_once_by_declared_route_method_and_status(
    method: str, path: str, counted: tuple[str, str, str]
) -> None:
    route, shown_method, status = counted
    async with served() as (http, figure):
        for _ in range(2):
            async with http.request(method, path):
                pass
        assert figure("requests_total", route, shown_method, status=status) == 2


async def test_the_failures_of_declared_routes_start_at_0() -> None:
    async with served() as (_, figure):
        for route, method in (
            ("/things/{id}", "GET"),
            ("/things", "POST"),
            ("/mounted/{id}", "GET"),
        ):
            assert figure("requests_total", route, method, status="5xx") == 0


async def test_a_request_whose_failure_nothing_else_answers_counts_as_a_failure() -> None:
    async with served(inner=True) as (http, figure):
        async with http.post("/things") as answer:
            assert answer.status == 500
        assert figure("requests_total", "/things", "POST", status="5xx") == 1


async def test_the_time_of_an_answer_is_measured_unless_it_waited_for_a_change() -> None:
    async with served() as (http, figure):
        for path in ("/things/1", "/changes"):
            async with http.get(path) as answer:
                assert answer.status == 200
        assert figure("request_seconds_count", "/things/{id}") == 1
        assert (figure("request_seconds_sum", "/things/{id}") or 0) >= PAUSE_SECONDS
        assert figure("requests_total", "/changes", status="2xx") == 1
        assert not figure("request_seconds_count", "/changes")


async def test_sockets_and_event_streams_count_but_have_no_time() -> None:
    async with running_instance() as instance:
        async with raw_websocket(instance), polling_session(instance) as poll:
            await poll.send(CONNECT)
            assert await poll.receive()
        async with reading(instance) as stream:
            await stream.until_subscribed()

        def count(route: str, method: str, status: str) -> float:
            labels = {"route": route, "method": method, "status": status}
            return instance.metric("http_requests_total", **labels) or 0

        events = PATH.replace("amani", "{handle}")
        await until(lambda: count(events, "GET", "2xx") == 1)
        assert count("/socket.io/", "GET", "1xx") == 1
        assert count("/socket.io/", "POST", "2xx") == 1
        assert count("/socket.io/", "GET", "2xx") >= 2
        for route in (events, "/socket.io/"):
            for method in ("GET", "POST"):
                labels = {"route": route, "method": method}
                assert instance.metric("http_request_seconds_count", **labels) is None
