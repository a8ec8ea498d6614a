"""Drafts and their outbox on a fresh account."""

from tests.drafts.product.conftest import admin, clients, instance, orchestrator_settings

__all__ = ["admin", "clients", "instance", "orchestrator_settings"]
