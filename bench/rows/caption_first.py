"""What a product costs, and how long the service delays it, when captions come 10 s earlier."""

from dataclasses import replace
from statistics import median, quantiles

from bench.figure import Figure
from bench.instances import SERVICE
from bench.local_aws import local_aws
from bench.paced import Pace, run
from bench.peers.programs import pipelines

_PACE = Pace(rate=100, seconds=20, gap=10.0, caption_first=True, watched=True, strict=True)
_OF_PEERS = replace(_PACE, seconds=6, gap=1, watched=False, strict=False)
_QUICK = replace(_PACE, rate=20, seconds=2, gap=0.5, strict=False)
_QUICK_OF_PEERS = replace(_QUICK, watched=False)


async def measure(quick: bool) -> list[Figure]:
    """Measure AWS calls a product at 100 products a second, and the milliseconds added to each.

    All answered calls are counted while both halves come at the full rate, receives that brought
    nothing included. Added is all the time between the queue's handing out the second half and
    the event at the client that the local AWS did not spend on calls for that video.

    Peers run for a shorter time with a shorter gap: they stage every half, so that it does not
    matter to their calls. One that falls behind is counted too few, for its batches are fuller.
    """
    pace, of_peers = (_QUICK, _QUICK_OF_PEERS) if quick else (_PACE, _OF_PEERS)
    peers, skipped = pipelines()
    with local_aws() as aws:
        done = await run(SERVICE, aws.fresh_account(), pace)
        calls = {
            peer.name: (await run(peer, aws.fresh_account(), of_peers)).aws_calls for peer in peers
        }
    details: dict[str, object] = {
        "products": done.products,
        "rate": pace.rate,
        "gap_seconds": pace.gap,
        "delay_median": round(median(done.delays), 1),
        "added_99th": round(quantiles(done.handling, n=100)[98], 1),
    }
    row = f"caption {pace.gap:g} s before thumbnail, {pace.rate:g} products/s"
    return [
        Figure(
            row=f"AWS calls a product, {row}",
            measured=done.aws_calls,
            unit="calls",
            target=4.5,
            peers=calls,
            skipped=skipped,
            details=details,
        ),
        Figure(
            row=f"added on the way to the browser, {row}",
            measured=median(done.handling),
            unit="ms",
            target=20,
            details=details,
        ),
    ]
