"""What it costs to deliver one event to many: CPU of the server a delivery."""

from bench.figure import Figure
from bench.loads.deliveries import drop_silent_one, measure_deliveries
from bench.loads.processes import python, raise_file_limit
from bench.peers.node import NODE_IS_MISSING, node_command

_SELF = "assembly-service"
_SERVICE = python("bench.loads.notification_server")
_PYTHON = python("bench.peers.socketio_python")
_SUBSCRIBERS = 500
_TARGET_MICROSECONDS = 9.0
_CROWDS = (10, 100, 500, 1000, 5000)
_DELIVERIES = 50_000


async def measure(quick: bool) -> list[Figure]:
    """Measure a delivery to one of 500 subscribers, with and without compression offered."""
    raise_file_limit()
    subscribers, deliveries = (50, 1_000) if quick else (_SUBSCRIBERS, _DELIVERIES)
    figures = [
        await _figure(subscribers, deliveries, offers_compression=offers_compression)
        for offers_compression in (False, True)
    ]
    growth = {}
    for crowd in (10, 50) if quick else _CROWDS:
        measured = await measure_deliveries({_SELF: _SERVICE}, crowd, deliveries)
        growth[str(crowd)] = measured[_SELF]["cpu_microseconds"]
    figures[0].details["growth"] = growth
    figures[0].details["silent_clients_dropped"] = await drop_silent_one(_SERVICE)
    return figures


async def _figure(subscribers: int, deliveries: int, *, offers_compression: bool) -> Figure:
    node = node_command("socketio_node.mjs")
    peers = {"python-socketio": _PYTHON} | ({} if node is None else {"Node socket.io": node})
    measured = await measure_deliveries(
        {_SELF: _SERVICE} | peers, subscribers, deliveries, offers_compression
    )
    cpu = {name: each["cpu_microseconds"] for name, each in measured.items()}
    offered = ", compression offered" if offers_compression else ""
    return Figure(
        row=f"delivery of a 3 KB event to one of {subscribers} subscribers{offered}",
        measured=cpu.pop(_SELF),
        unit="µs CPU",
        target=_TARGET_MICROSECONDS,
        peers=cpu,
        details={**measured, **({} if node else {"Node socket.io": NODE_IS_MISSING})},
    )
