"""What `local` prints once the service is ready."""

import re

import pytest

from assembly_service.cli.local_settings import (
    checked_settings,
    education,
    product_drafts,
    project_sessions,
)
from assembly_service.cli.welcome import welcome
from assembly_service.http.pages import DRAFT_PATHS

URL = "http://127.0.0.1:3002"
OF_CLIENTS = {
    *("API", "flow", "guides", "pages", "products"),
    *("drafts", "sessions", "education"),
}


def _said(**given: str) -> str:
    everything = product_drafts({}) | project_sessions({}) | education({})
    return welcome(checked_settings(everything | given), "http://127.0.0.1:4566")


def _addresses(text: str) -> dict[str, str]:
    """Each address by its label; one in another column is missing."""
    found = re.findall(r"^  (\S.{9})  (http\S+)", text, re.MULTILINE)
    return {label.rstrip(): address for label, address in found}


def test_the_addresses_stand_in_one_column_and_those_of_the_pages_first() -> None:
    text = _said()
    addresses = _addresses(text)
    assert len(addresses) == text.count("http://")
    assert list(addresses.items())[:4] == [
        ("pages", f"{URL}/"),
        ("flow", f"{URL}/flow"),
        ("guides", f"{URL}/docs"),
        ("API", f"{URL}/api/docs"),
    ]


def test_draft_systems_are_named_by_their_pages() -> None:
    addresses = _addresses(_said())
    paths = {"drafts": "/drafts", "sessions": "/drafts/project", "education": "/drafts/education"}
    assert {label: addresses[label] for label in paths} == {
        label: URL + path for label, path in paths.items()
    }
    assert {*paths.values()} <= {*DRAFT_PATHS}


def test_the_sockets_are_named_without_an_address_that_a_browser_could_open() -> None:
    assert "  sockets     Socket.IO namespace /products\n" in _said()


def test_everything_fits_on_a_terminal() -> None:
    lines = _said().splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("given", "flow"),
    [
        ({}, f"{URL}/flow"),
        ({"OPERATIONS_PORT": "9002"}, f"{URL}/flow"),
        ({"SERVICE_ROLE": "worker", "OPERATIONS_PORT": "9002"}, "http://127.0.0.1:9002/flow"),
        ({"SERVICE_ROLE": "worker"}, None),
    ],
)
def test_the_flow_page_is_named_where_it_is_served(given: dict[str, str], flow: str | None) -> None:
    assert _addresses(_said(**given)).get("flow") == flow


@pytest.mark.parametrize(("port", "shown"), [("0", 3002), ("9002", 9002)])
def test_health_is_named_at_the_port_that_serves_it(port: str, shown: int) -> None:
    addresses = _addresses(_said(OPERATIONS_PORT=port))
    assert addresses["health"] == f"http://127.0.0.1:{shown}/health"


@pytest.mark.parametrize(
    ("role", "named", "commands"),
    [
        ("all", OF_CLIENTS, {"tail", "send"}),
        ("web", OF_CLIENTS, {"tail"}),
        ("worker", set(), {"send"}),
    ],
)
def test_only_what_the_role_serves_is_named(role: str, named: set[str], commands: set[str]) -> None:
    text = _said(SERVICE_ROLE=role)
    assert _addresses(text).keys() == named | {"health", "local AWS"}
    assert set(re.findall(r"assembly-service (tail|send)", text)) == commands
