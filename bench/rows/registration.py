"""What an education costs, from stage to the record, compared with a product draft."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from bench.errors import BenchFailed
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads import drafts as draft_load
from bench.loads import registrations as registration_load
from bench.loads.processes import cpu_seconds
from bench.local_aws import Account, local_aws
from bench.resources import Resources, resources

PRODUCT_DRAFT = "product draft"
Work = Callable[[range], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class _Run:
    """The cost of one registration or draft: CPU, and answered AWS calls."""

    cpu_ms: float
    aws_calls: float


async def measure(quick: bool) -> list[Figure]:
    """Measure CPU and AWS calls a registration: stage, validate, determine, link, create.

    Eight are under way at once, without a pause. All that one causes is counted, until its events
    have left the outbox. The same service does product drafts (create, product, target, progress,
    commit) before and after; of those the cheaper run counts.
    """
    count, warm_up = (8, 8) if quick else (1_000, 200)
    with local_aws() as aws:
        first = await _drafts(aws.fresh_account(), count=count, warm_up=warm_up)
        run = await _registrations(aws.fresh_account(), count=count, warm_up=warm_up)
        last = first
        if not quick:
            last = await _drafts(aws.fresh_account(), count=count, warm_up=warm_up)
    cpu = round(min(first.cpu_ms, last.cpu_ms), 2)
    calls = round(min(first.aws_calls, last.aws_calls), 2)
    details: dict[str, object] = {
        "registrations": count,
        "run": asdict(run),
        "drafts": [asdict(first), asdict(last)],
    }
    return [
        Figure(
            row="an education, stage to record",
            measured=round(run.cpu_ms, 2),
            unit="ms CPU",
            target=10,
            peers={PRODUCT_DRAFT: cpu},
            details=details,
        ),
        Figure(
            row="AWS calls an education, the same run",
            measured=round(run.aws_calls, 2),
            unit="calls",
            target=25,
            peers={PRODUCT_DRAFT: calls},
            details=details,
        ),
    ]


async def _registrations(account: Account, *, count: int, warm_up: int) -> _Run:
    """Run the registrations. Raises BenchFailed if not every one became a record."""
    async with (
        running(SERVICE, account, **registration_load.SETTINGS) as instance,
        resources(account) as aws,
        registration_load.members(instance.url) as callers,
    ):
        table = account.environment["DYNAMODB_RECORDS_TABLE"]
        await registration_load.load_accounts(aws.dynamodb, table, range(warm_up + count))
        run = await _counted(instance, aws, callers.register, count=count, warm_up=warm_up)
        key = f"ORG#{registration_load.ORGANIZATION}"
        rows = await aws.rows("DYNAMODB_RECORDS_TABLE", key=key, prefix="EDUCATION#")
        if rows != warm_up + count:
            raise BenchFailed(f"{warm_up + count} registrations became {rows} records.")
    return run


async def _drafts(account: Account, *, count: int, warm_up: int) -> _Run:
    async with (
        running(SERVICE, account, **draft_load.SETTINGS) as instance,
        resources(account) as aws,
        draft_load.people(instance.url) as callers,
    ):
        return await _counted(instance, aws, callers.make, count=count, warm_up=warm_up)


async def _counted(
    instance: Instance, aws: Resources, work: Work, *, count: int, warm_up: int
) -> _Run:
    await work(range(warm_up))
    await aws.until_published()
    cpu, calls = cpu_seconds(instance.process.pid), await instance.aws_calls()
    await work(range(warm_up, warm_up + count))
    await aws.until_published()
    calls_then = await instance.aws_calls()
    cpu_then = cpu_seconds(instance.process.pid)
    return _Run(cpu_ms=(cpu_then - cpu) / count * 1000, aws_calls=(calls_then - calls) / count)
