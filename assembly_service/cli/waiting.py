"""Waits for the products of events that were sent."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.event_files import EventLine
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.session import run_with_clients
from assembly_service.cli.wording import counted
from assembly_service.domain.intake import Rejected, half_of, read_body
from assembly_service.domain.product import Half, Product, ProductKey
from assembly_service.pipeline.creation import assembly_tables
from assembly_service.runtime.retry import growing_pauses
from assembly_service.settings.service import Settings
from assembly_service.storage.assembly_tables import AssemblyTables

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 1.0
_MOST_NAMED = 3

Halves = Mapping[ProductKey, Sequence[Half]]


def wait_for_products(messages: Iterable[EventLine], seconds: float) -> None:
    """Return when each product holds the halves of these messages, or newer ones.

    Raises ClickException if one does not after so many seconds, or cannot because a message is
    invalid.
    """
    halves, invalid = _by_product(messages)

    async def work(settings: Settings, clients: Clients) -> list[ProductKey]:
        return await _wait(assembly_tables(settings, clients.dynamodb), halves, seconds)

    missing = run_with_clients("look for the products", work)
    if missing:
        raise click.ClickException(_sentence(missing, len(halves), seconds))
    if invalid:
        raise click.ClickException(
            f"{counted(invalid, 'message')} can only end in a dead-letter queue: "
            "`assembly-service validate` says why."
        )
    click.echo(f"{counted(len(halves), 'product is', 'products are')} there.")


def _by_product(messages: Iterable[EventLine]) -> tuple[Halves, int]:
    """Group the halves by product, and count the messages that have none."""
    halves: defaultdict[ProductKey, list[Half]] = defaultdict(list)
    invalid = 0
    for message in messages:
        try:
            half = half_of(read_body(message.body).event, message.kind)
        except Rejected:
            invalid += 1
        else:
            halves[half.key].append(half)
    return halves, invalid


async def _wait(tables: AssemblyTables, halves: Halves, seconds: float) -> list[ProductKey]:
    """Return what is still missing at the end, in the order in which it was sent."""
    missing = list(halves)
    pauses = growing_pauses(first=_FIRST_PAUSE_SECONDS, longest=_LONGEST_PAUSE_SECONDS)
    deadline = asyncio.get_running_loop().time() + seconds
    with progress_bar() as progress:
        advance = add_task(progress, "Waiting", total=len(halves))
        # The first look comes at once, the last one at the deadline or just after it.
        for pause in chain([0.0], pauses):
            left = deadline - asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, min(pause, left)))
            found = await _found(tables, missing, halves)
            advance(len(found))
            missing = [key for key in missing if key not in found]
            if not missing or left <= 0:
                break
    return missing


async def _found(
    tables: AssemblyTables, keys: Collection[ProductKey], halves: Halves
) -> set[ProductKey]:
    stored = await tables.look(keys)
    return {key for key, state in stored.items() if _holds(state.product, halves[key])}


def _holds(product: Product | None, halves: Iterable[Half]) -> bool:
    return product is not None and not any(
        half.newer_than(product.half(half.kind)) for half in halves
    )


def _sentence(missing: Sequence[ProductKey], total: int, seconds: float) -> str:
    named = [" ".join(key) for key in missing[:_MOST_NAMED]]
    more = len(missing) - len(named)
    names = ", ".join(named) + (f" and {more} more" if more else "")
    return (
        f"Not there after {seconds:g} s: {names} ({len(missing)} of {counted(total, 'product')}). "
        f"`assembly-service trace {named[0]}` says why."
    )
