"""A bus that is given the time which a busy machine takes to answer."""

import pytest

from assembly_service.notification import bus, bus_connection, instance_exchange
from tests.notification.support import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def _patient_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a bus that is down counts as lost, and not a slow one."""
    for module in (bus, bus_connection, instance_exchange):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(bus, "_SECONDS_BETWEEN_CHECKS", PATIENCE_SECONDS)
    monkeypatch.setattr(instance_exchange, "_SECONDS_OF_SILENCE", PATIENCE_SECONDS)


@pytest.fixture
def impatient_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bus that is silent soon counts as lost."""
    for module in (bus, bus_connection):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", 2.0)
    monkeypatch.setattr(bus, "_SECONDS_BETWEEN_CHECKS", 2.0)
