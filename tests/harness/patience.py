"""Instances that give a bus and tables the time which a busy machine takes to answer."""

from collections.abc import Iterator

import pytest

from assembly_service.notification import bus, bus_connection, instance_exchange
from assembly_service.operations import service_health

ANSWER_SECONDS = service_health._ANSWER_SECONDS
"""How long the service gives its tables to answer when it is asked for its health."""
_PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="session", autouse=True)
def _patient_instances() -> Iterator[None]:
    """Only a bus that is down counts as lost, and no table as failing because it is slow."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (bus, bus_connection, instance_exchange):
            patch.setattr(module, "TIMEOUT_SECONDS", _PATIENCE_SECONDS)
        patch.setattr(bus, "_SECONDS_BETWEEN_CHECKS", _PATIENCE_SECONDS)
        patch.setattr(instance_exchange, "_SECONDS_OF_SILENCE", _PATIENCE_SECONDS)
        patch.setattr(service_health, "_ANSWER_SECONDS", _PATIENCE_SECONDS)
        yield


@pytest.fixture
def impatient_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bus that is silent soon counts as lost."""
    for module in (bus, bus_connection):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", 2.0)
    monkeypatch.setattr(bus, "_SECONDS_BETWEEN_CHECKS", 2.0)
