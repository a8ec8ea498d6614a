"""What a product costs when both queues are full and the halves come in random order."""

from statistics import median

from bench.figure import Figure
from bench.full_queues import Run, run
from bench.instances import SERVICE
from bench.local_aws import local_aws


async def measure(quick: bool) -> list[Figure]:
    """CPU and AWS calls a product.

    CPU is that of the program's process alone, from the first message to the last
    acknowledgement. AWS calls are all that were answered in that time, receives that brought
    nothing included.
    """
    products, warm_up, runs = (30, 10, 1) if quick else (3_000, 300, 3)
    with local_aws() as aws:
        done = [
            await run(SERVICE, aws.fresh_account(), products=products, warm_up=warm_up)
            for _ in range(runs)
        ]
    details: dict[str, object] = {
        "products": products,
        "runs": [_plain(each) for each in done],
    }
    return [
        Figure(
            row="a product, both queues full, random order",
            measured=median(each.cpu_ms for each in done),
            unit="ms CPU",
            target=0.45,
            details=details,
        ),
        Figure(
            row="AWS calls a product, the same run",
            measured=median(each.aws_calls for each in done),
            unit="calls",
            target=1.0,
            details=details,
        ),
    ]


def _plain(run: Run) -> dict[str, float]:
    return {
        "cpu_ms": round(run.cpu_ms, 3),
        "aws_calls": round(run.aws_calls, 3),
        "products_per_second": round(run.products_per_second),
    }
