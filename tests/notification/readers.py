"""An instance that asks who reads, and tokens for it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from assembly_service.access.readers import Readers
from assembly_service.access.tickets import Tickets
from assembly_service.runtime.clock import wall_clock
from assembly_service.settings.drafts import TokenSettings
from tests.access.tokens import SECRET, opened, signed
from tests.harness.web import ManualClock
from tests.notification.support import Instance, plain_settings, running_instance

HOUR = 3_600_000


@asynccontextmanager
async def served(
    clock: ManualClock, *, reads: Mapping[str, Any] | None = None, **changes: Any
) -> AsyncIterator[Instance]:
    """An instance that shows nothing without a token. `reads` are those of its table."""
    settings = plain_settings(
        reader_auth="required", token_settings=TokenSettings(jwt_secret=SECRET), **changes
    )
    async with opened() as verifier:
        readers = Readers(settings, verifier=verifier, tickets=Tickets(SECRET))
        async with running_instance(
            settings=settings, clock=clock, readers=readers, **(reads or {})
        ) as instance:
            yield instance
            # Those who answer no goodbye are not waited for.
            for connection in tuple(instance.connections.values()):
                connection.end()


def lasting(hours: int) -> str:
    """A token for the seller amani that expires in so many hours."""
    return signed(sellers="amani", exp=(wall_clock() + hours * HOUR) // 1000)
