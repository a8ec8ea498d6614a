"""Ids of drafts and records that are the same in every play of a scene."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from assembly_service.drafts.engine import commit, store, system_drafts
from assembly_service.drafts.product import catalogue_writes, creation_metadata, workflow


@contextmanager
def same_in_every_play() -> Iterator[Counter[str]]:
    """Derive ids, otherwise random, from who makes them and how many they made; clear the counter
    before each play.

    Nobody pauses before looking again: the test decides the order of calls.
    """
    made: Counter[str] = Counter()

    def next_id(*_: int) -> UUID:
        task = asyncio.current_task()
        name = task.get_name() if task else ""
        made[name] += 1
        return uuid5(NAMESPACE_OID, f"{name} {made[name]}")

    with pytest.MonkeyPatch.context() as patch:
        for module in (store, commit, catalogue_writes):
            patch.setattr(module, "uuid4", next_id)
        patch.setattr(creation_metadata, "new_guid", lambda now: str(next_id(now)))
        patch.setattr(
            workflow, "new_session_id", lambda: f"{str(next_id())[:14]}4000-8000-000000000000"
        )
        patch.setattr(system_drafts, "_LOOK_AGAIN_SECONDS", 0)
        yield made
