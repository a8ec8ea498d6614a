"""What a product costs that is prepared in a draft, from create to commit."""

from dataclasses import asdict, dataclass
from statistics import median

from bench.errors import BenchFailed
from bench.figure import Figure
from bench.front import front
from bench.instances import SERVICE, Instance, Program, running
from bench.loads.drafts import ORGANIZATION, SETTINGS, people
from bench.loads.processes import cpu_seconds
from bench.local_aws import Account, local_aws
from bench.meter import Meter
from bench.peers.programs import DRAFTS
from bench.resources import Resources, resources

_ROWS_A_PRODUCT = 2
"""The product and its target, in the organisation's partition."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """The cost of one draft: CPU of the program, and answered AWS calls."""

    cpu_ms: float
    aws_calls: float


async def measure(quick: bool) -> list[Figure]:
    """Measure CPU, AWS calls and write units a draft: create, product, target, progress, commit.

    Eight drafts are under way at once, without a pause. All that a draft causes is counted, until
    its events have left the outbox; several of them leave together here. At a person's pace those
    of each step leave alone, which takes some 15 calls a draft. The service runs before and after
    its peer; its figures are medians. The units of a draft come from a run of their own, for they
    are counted by a front.
    """
    drafts, warm_up, metered = (16, 8, 8) if quick else (1_000, 200, 100)
    runs: dict[str, list[_Run]] = {}
    units: dict[str, dict[str, float]] = {}
    with local_aws() as aws:
        for program in (SERVICE, DRAFTS) if quick else (SERVICE, DRAFTS, SERVICE):
            done = await _run(program, aws.fresh_account(), drafts=drafts, warm_up=warm_up)
            runs.setdefault(program.name, []).append(done)
        for program in (SERVICE, DRAFTS):
            units[program.name] = await _units(program, aws.fresh_account(), metered)
    return _figures(runs, units, drafts=drafts)


def _figures(
    runs: dict[str, list[_Run]], units: dict[str, dict[str, float]], *, drafts: int
) -> list[Figure]:
    details: dict[str, object] = {
        "drafts": drafts,
        "runs": {name: [asdict(each) for each in done] for name, done in runs.items()},
        "units": units,
    }
    cpu = {name: median(each.cpu_ms for each in done) for name, done in runs.items()}
    calls = {name: median(each.aws_calls for each in done) for name, done in runs.items()}
    written = {name: each["write_units"] for name, each in units.items()}
    return [
        _figure("a product draft, create to commit", "ms CPU", 5, cpu, details),
        _figure("AWS calls a draft, the same run", "calls", 12, calls, details),
        _figure("write units a draft", "units", 45, written, details),
    ]


def _figure(
    row: str, unit: str, target: float, measured: dict[str, float], details: dict[str, object]
) -> Figure:
    peers = {name: round(value, 2) for name, value in measured.items()}
    return Figure(
        row=row,
        measured=peers.pop(SERVICE.name),
        unit=unit,
        target=target,
        peers=peers,
        details=details,
    )


async def _run(program: Program, account: Account, *, drafts: int, warm_up: int) -> _Run:
    """Run the drafts. Raises BenchFailed if not every one became a product with its target."""
    async with (
        running(program, account, **SETTINGS) as instance,
        resources(account) as aws,
        people(instance.url) as callers,
    ):
        await callers.make(range(warm_up))
        await aws.until_published()
        cpu, calls = await _consumed(instance)
        await callers.make(range(warm_up, warm_up + drafts))
        await aws.until_published()
        cpu_then, calls_then = await _consumed(instance)
        await _check(aws, warm_up + drafts)
    return _Run(cpu_ms=(cpu_then - cpu) / drafts * 1000, aws_calls=(calls_then - calls) / drafts)


async def _units(program: Program, account: Account, drafts: int) -> dict[str, float]:
    """Write and read units a draft. Raises BenchFailed if not every call could be counted."""
    async with resources(account) as aws:
        meter = Meter(dynamodb=aws.dynamodb)
        async with (
            front(account.environment["AWS_ENDPOINT_URL"], meter.watch) as url,
            running(program, account, AWS_ENDPOINT_URL_DYNAMODB=url, **SETTINGS) as instance,
            people(instance.url) as callers,
        ):
            await callers.make(range(drafts))
            await aws.until_published()
        await _check(aws, drafts)
    written, read = meter.units
    return {"write_units": round(written / drafts, 2), "read_units": round(read / drafts, 2)}


async def _consumed(instance: Instance) -> tuple[float, int]:
    calls = await instance.aws_calls()
    return cpu_seconds(instance.process.pid), calls


async def _check(aws: Resources, drafts: int) -> None:
    rows = await aws.rows("DYNAMODB_RECORDS_TABLE", key=f"ORG#{ORGANIZATION}", prefix="PRODUCT#")
    if rows != drafts * _ROWS_A_PRODUCT:
        raise BenchFailed(f"{drafts} drafts became {rows} rows of products and targets, not twice.")
