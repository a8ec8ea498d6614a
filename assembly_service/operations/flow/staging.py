"""How many halves wait in the staging table, and for how long.

Only a scan can tell, and a scan reads whole records. So it is made at most every half minute, and
ends after ten pages of 1 MB, for at most 1,280 read units; then the figures are a lower limit.
"""

from collections import Counter

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.clock import Clock
from assembly_service.storage.assembly_tables import AssemblyTables

SECONDS_BETWEEN_SCANS = 30
_MOST_PAGES = 10
_AGES = {"under1Minute": 60_000, "under1Hour": 3_600_000, "under1Day": 86_400_000}
_OLDER = "older"
AGES = (*_AGES, _OLDER)


async def read_staging(tables: AssemblyTables, clock: Clock) -> dict[str, Value]:
    """Count the staged halves. Raises the client's errors."""
    now = clock()
    found, complete = await tables.staged_ages(most_pages=_MOST_PAGES)
    waiting = [age.created_at for age in found if not age.orphaned]
    counts = Counter(_age(now - created_at) for created_at in waiting)
    return {
        "waiting": len(waiting),
        "byAge": {name: counts[name] for name in AGES},
        "orphaned": len(found) - len(waiting),
        "oldestSince": format_milliseconds(min(waiting)) if waiting else None,
        "complete": complete,
        "readAt": format_milliseconds(now),
    }


def _age(milliseconds: int) -> str:
    return next((name for name, limit in _AGES.items() if milliseconds < limit), _OLDER)
