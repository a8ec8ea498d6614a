"""What it costs to deliver one event to many: CPU of the server and bytes a delivery."""

from bench.figure import Figure
from bench.loads.deliveries import Deliveries, drop_silent_one, measure_deliveries
from bench.loads.processes import allow_connections
from bench.loads.socket_servers import NODE, SELF, skipped_peers, socket_servers

_CROWDS = (500, 5_000)
_OTHER_CROWDS = (10, 100, 1_000, 10_000)
_DELIVERIES = 50_000
_TARGET_MICROSECONDS = 9.0
_TARGET_BYTES = 900


async def measure(quick: bool) -> list[Figure]:
    """Measure a delivery to one of 500 and of 5,000, with and without compression offered."""
    crowds, others, deliveries = (
        ((20,), (10,), 200) if quick else (_CROWDS, _OTHER_CROWDS, _DELIVERIES)
    )
    allow_connections(max(*crowds, *others))
    figures = []
    growth = {}
    for subscribers in crowds:
        measured = await measure_deliveries(socket_servers(), subscribers, deliveries)
        growth[subscribers] = measured[SELF].cpu
        figures.append(_cpu(measured, subscribers))
    for subscribers in crowds:
        compressed = await measure_deliveries(
            socket_servers(compress=True), subscribers, deliveries, offers_compression=True
        )
        figures.append(_cpu(compressed, subscribers, ", compression offered"))
        if subscribers == crowds[0]:
            figures.append(_bytes(compressed))
    for subscribers in others:
        measured = await measure_deliveries(socket_servers(peers=False), subscribers, deliveries)
        growth[subscribers] = measured[SELF].cpu
    figures[0].details["growth"] = {str(crowd): growth[crowd] for crowd in sorted(growth)}
    figures[0].details["silent_clients_dropped"] = await drop_silent_one(
        socket_servers(peers=False)[SELF]
    )
    return figures


def _cpu(measured: dict[str, Deliveries], subscribers: int, offered: str = "") -> Figure:
    return Figure(
        row=f"delivery of a 3 KB event to one of {subscribers:,} subscribers{offered}",
        measured=measured[SELF].cpu,
        unit="µs CPU",
        target=_TARGET_MICROSECONDS,
        not_above=NODE,
        peers={name: each.cpu for name, each in measured.items() if name != SELF},
        skipped=skipped_peers(),
        details={name: each.details() for name, each in measured.items()},
    )


def _bytes(measured: dict[str, Deliveries]) -> Figure:
    return Figure(
        row="a delivery of a 3 KB event, compression offered, on the wire",
        measured=measured[SELF].wire,
        unit="bytes",
        target=_TARGET_BYTES,
        peers={name: each.wire for name, each in measured.items() if name != SELF},
        skipped=skipped_peers(),
        details={name: each.details() for name, each in measured.items()},
    )
