"""What is promised, and which runs try it.

The README's promises stand here word for word. A path ends the search of its command: a folder
stands for all its tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass

CHECK, PROVE, CONFORMANCE = "make check", "make prove", "make conformance"
"""`make check` is not recorded, as it checks the records itself."""
CHAOS, OUTAGE, HOT_SELLERS = "make chaos", "make outage", "make hot-sellers"
SOAK, UPGRADE, VIRAL = "make soak", "make upgrade", "make viral"
_PROOFS = "tests/system/proofs"


@dataclass(frozen=True)
class Trial:
    """A command, and those of its test files that try a promise; without files, all of it."""

    command: str
    paths: Sequence[str] = ()


@dataclass(frozen=True)
class Promise:
    """A sentence, and what tries it."""

    sentence: str
    trials: Sequence[Trial]


def _check(*paths: str) -> Trial:
    return Trial(CHECK, [f"tests/{path}" for path in paths])


def _prove(*names: str) -> Trial:
    return Trial(PROVE, [f"{_PROOFS}/test_{name}.py" for name in names])


def _conformance(*rooms: str) -> Trial:
    return Trial(CONFORMANCE, [f"tests/{room}" for room in rooms])


PIPELINE = (
    Promise(
        "exactly one product is written, with the newest version of each half",
        (
            _prove("crash_points", "races", "state_machine", "batched_cleanups"),
            Trial(CHAOS),
            _check("pipeline/test_one_product_of_the_newest_halves.py"),
            _conformance("storage", "pipeline"),
        ),
    ),
    Promise(
        "every subscriber is notified at least once, whichever instance they are connected to",
        (
            _prove("replay_misses_nothing", "resync_misses_nothing", "stop_and_start"),
            Trial(CHAOS),
            _check(
                "pipeline/test_every_product_is_announced.py",
                "system/acceptance/test_delivery.py",
                "system/test_equal_doors.py",
                "system/test_deploys.py",
            ),
        ),
    ),
    Promise(
        "a message is deleted only after a read of both tables, made after the last write, has "
        "shown that nothing is left to do for it",
        (
            _prove("crash_points", "faults", "races", "batched_cleanups"),
            _check("pipeline/test_partial_looks.py", "storage/test_reads_are_consistent.py"),
        ),
    ),
    Promise(
        "a message that can never be processed is quarantined with the reason, and blocks no "
        "others",
        (
            _prove("bad_input"),
            _check(
                "pipeline/test_quarantine.py",
                "pipeline/test_quarantine_beside_errors.py",
                "pipeline/test_isolation.py",
            ),
        ),
    ),
    Promise(
        "This holds in any order, with duplicates, redelivery, crashes, throttling and outages, "
        "and with any number of instances.",
        (
            _prove("crash_points", "faults", "races", "state_machine"),
            Trial(CHAOS),
            Trial(OUTAGE),
            Trial(HOT_SELLERS),
        ),
    ),
    Promise(
        "A half waits for the other one for a day; one that waited in vain is reported once.",
        (
            _check("pipeline/test_halves_wait_for_a_day.py", "pipeline/test_orphans.py"),
            _prove("state_machine"),
        ),
    ),
    Promise(
        "A seller in trouble delays no other.",
        (
            Trial(HOT_SELLERS),
            _check("pipeline/test_waiting_keys.py", "storage/test_throttled_calls.py"),
        ),
    ),
    Promise(
        "A stop ends within its deadline, and what was in flight is finished or handed back.",
        (
            _prove("stop_and_start"),
            _check("pipeline/test_stopping.py", "notification/test_drain.py"),
        ),
    ),
    Promise(
        "Processes are replaced one after the other, by the next release too, and nobody misses "
        "anything.",
        (Trial(UPGRADE), _check("system/test_deploys.py")),
    ),
    Promise(
        "A process serves as long as it is let: no memory, descriptors, tasks or delays pile up.",
        (Trial(SOAK),),
    ),
)

READERS = (
    Promise(
        "A reader sees only the sellers that its token names, at every door.",
        (_check("access/test_reader_doors.py", "notification/test_expiring_readers.py"),),
    ),
    Promise(
        "However many come to one seller at once, its table is read a few times a second, and "
        "nobody misses anything.",
        (Trial(VIRAL), _check("system/test_viral.py")),
    ),
    Promise(
        "Whoever polls with `since`, page by page, ends with what the table holds.",
        (_prove("polling_misses_nothing", "followers_end_with_the_catalogue"),),
    ),
    Promise(
        "Whoever connects again with `since` is shown what changed meanwhile, or asked to reload.",
        (_prove("replay_misses_nothing", "resync_misses_nothing"),),
    ),
    Promise(
        "Clients at all doors hold the same: sockets, event streams, lists, held polls.",
        (_check("system/test_equal_doors.py"),),
    ),
    Promise(
        "A client that does not read costs the others nothing.",
        (_check("notification/test_slow_clients.py"),),
    ),
    Promise(
        "A failover of Valkey splits nobody off.",
        (_check("notification/test_bus_failover.py"),),
    ),
    Promise(
        "Whoever stays connected sees everything, whatever a clock says.",
        (_check("system/test_clock_steps.py"),),
    ),
    Promise(
        "Nobody sees a forged product, and a forgery costs nobody a real one.",
        (
            _check(
                "notification/test_bus_messages.py",
                "notification/test_bus_deployments.py",
                "notification/test_instance_exchange.py",
            ),
        ),
    ),
    Promise(
        "No request, well-formed or not, ends in a failure of the service.",
        (
            _prove("openapi_fuzz"),
            Trial(PROVE, ["tests/notification/test_malformed_traffic.py"]),
            _check("http", "notification/socketio"),
        ),
    ),
)

DRAFTS = (
    Promise(
        "A product and its target appear together or not at all.",
        (_prove("draft_crash_points", "draft_races"), _conformance("drafts")),
    ),
    Promise(
        "A draft becomes at most one record, however often it is committed, by whom and where.",
        (
            _prove("draft_crash_points", "draft_races"),
            _check(
                "drafts/product/test_commit_crashes.py",
                "drafts/project/test_crashes.py",
                "drafts/education/test_creation_crashes.py",
            ),
            _conformance("drafts"),
        ),
    ),
    Promise(
        "A product code, a business id, an account and a registration number are each in one "
        "record only.",
        (
            _check(
                "drafts/product/test_global_codes.py",
                "drafts/education/test_uniqueness_cases.py",
            ),
            _conformance("drafts"),
        ),
    ),
    Promise(
        "A draft ends at `expiresAt`, to the millisecond, whether DynamoDB has deleted it or not.",
        (
            _check(
                "drafts/engine/test_draft.py",
                "drafts/product/test_session_cases.py",
                "drafts/project/test_expiry_cases.py",
            ),
            _conformance("drafts/engine"),
        ),
    ),
    Promise(
        "Every change is written with its event, which is published at least once, in order.",
        (
            _check(
                "drafts/engine/test_outbox.py",
                "drafts/engine/test_relay.py",
                "drafts/engine/test_relay_rounds.py",
                "drafts/engine/test_relay_trouble.py",
            ),
            _prove("draft_crash_points"),
        ),
    ),
    Promise(
        "No change with `If-Match` or `expectedVersion` overwrites one that its author has not "
        "seen.",
        (
            _check(
                "drafts/engine/test_store.py",
                "drafts/engine/test_merging.py",
                "drafts/product/test_catalogue_conditions.py",
            ),
            _conformance("drafts"),
        ),
    ),
    Promise(
        "Nobody reads or changes the draft of another.",
        (
            _check(
                "drafts/engine/test_ownership.py",
                "drafts/project/test_access_cases.py",
                "drafts/education/test_access_cases.py",
            ),
        ),
    ),
)

SECTIONS = {
    "Products": PIPELINE,
    "Those who watch": READERS,
    "Drafts": DRAFTS,
}
