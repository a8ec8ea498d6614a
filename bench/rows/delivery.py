"""How long it takes from publishing a video's second half to the event at a client."""

from statistics import median, quantiles

from bench.figure import Figure
from bench.instances import SERVICE
from bench.local_aws import local_aws
from bench.paced import Pace, run


async def measure(quick: bool) -> list[Figure]:
    """Median and 99th percentile at 100 products a second, either half first, 1 s apart."""
    pace = Pace(
        rate=20 if quick else 100,
        seconds=2 if quick else 20,
        gap=0.2 if quick else 1.0,
        caption_first=False,
        watched=False,
        strict=not quick,
    )
    with local_aws() as aws:
        done = await run(SERVICE, aws.fresh_account(), pace)
    details: dict[str, object] = {
        "products": len(done.delays),
        "rate": pace.rate,
        "aws_calls": round(done.aws_calls, 2),
        "longest": round(done.delays[-1], 1),
    }
    row = f"second half published -> event at the client, {pace.rate:g} products/s"
    return [
        Figure(
            row=f"{row}, median",
            measured=median(done.delays),
            unit="ms",
            target=40,
            details=details,
        ),
        Figure(
            row=f"{row}, 99th percentile",
            measured=quantiles(done.delays, n=100)[98],
            unit="ms",
            target=150,
            details=details,
        ),
    ]
