"""What a product costs when both queues are full and the halves come in random order."""

from dataclasses import asdict
from itertools import chain
from statistics import median

from bench.figure import Figure
from bench.full_queues import Run, run
from bench.instances import SERVICE
from bench.local_aws import local_aws
from bench.peers.programs import pipelines


async def measure(quick: bool) -> list[Figure]:
    """Measure CPU and AWS calls a product, of the service and the peers.

    CPU is that of the program's process alone, from the first message to the last
    acknowledgement. AWS calls are all that were answered in that time, receives that brought
    nothing included. The service runs before and after every peer; its figures are medians.
    """
    products, warm_up = (30, 10) if quick else (2_000, 300)
    peers, skipped = pipelines()
    order = [SERVICE, *chain.from_iterable((peer, SERVICE) for peer in peers)]
    if quick:
        order = [SERVICE, *peers]
    runs: dict[str, list[Run]] = {}
    with local_aws() as aws:
        for program in order:
            done = await run(program, aws.fresh_account(), products=products, warm_up=warm_up)
            runs.setdefault(program.name, []).append(done)
    details: dict[str, object] = {
        "products": products,
        "runs": {name: [asdict(each) for each in done] for name, done in runs.items()},
    }
    cpu = {name: median(each.cpu_ms for each in done) for name, done in runs.items()}
    calls = {name: median(each.aws_calls for each in done) for name, done in runs.items()}
    return [
        Figure(
            row="a product, both queues full, random order",
            measured=cpu.pop(SERVICE.name),
            unit="ms CPU",
            target=0.45,
            peers=cpu,
            skipped=skipped,
            details=details,
        ),
        Figure(
            row="AWS calls a product, the same run",
            measured=calls.pop(SERVICE.name),
            unit="calls",
            target=1.0,
            peers=calls,
            skipped=skipped,
            details=details,
        ),
    ]
