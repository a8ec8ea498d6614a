"""Stock clients that return one at a time: CPU of polling, the upgrade and the subscription."""

from statistics import median

from bench.errors import BenchFailed
from bench.figure import Figure
from bench.loads.processes import running_program
from bench.loads.socket_servers import SELF, SELLER, running_servers, socket_servers
from bench.peers.node import NODE_IS_MISSING, node_command

_CLIENTS, _WARM_UP = 200, 20
_ROUNDS = 5
_TARGET_MILLISECONDS = 2.0


async def measure(quick: bool) -> list[Figure]:
    """Measure clients that subscribe since an instant as soon as they are connected."""
    clients, warm_up = (10, 2) if quick else (_CLIENTS, _WARM_UP)
    command = node_command("stock_clients.mjs")
    if command is None:
        raise BenchFailed(NODE_IS_MISSING)
    commands = socket_servers(peers=not quick)
    milliseconds: dict[str, list[float]] = {name: [] for name in commands}
    async with (
        running_servers(commands) as servers,
        running_program(*command) as stock,
    ):

        async def connect(name: str, count: int) -> float:
            server = servers[name]
            before = server.cpu_seconds()
            port = server.program.greeting["port"]
            await stock.ask(act="connect", port=port, seller=SELLER, count=count)
            return round((server.cpu_seconds() - before) / count * 1000, 3)

        for name in servers:
            await connect(name, warm_up)
        for _ in range(_ROUNDS):
            for name in servers:
                milliseconds[name].append(await connect(name, clients // _ROUNDS))
        versions = {name: server.version for name, server in servers.items()}
        versions["client"] = stock.greeting["version"]
    medians = {name: round(median(each), 2) for name, each in milliseconds.items()}
    return [
        Figure(
            row="a stock client connects, upgrades and subscribes since an instant",
            measured=medians.pop(SELF),
            unit="ms CPU",
            target=_TARGET_MILLISECONDS,
            peers=medians,
            details={"versions": versions, "milliseconds": milliseconds},
        )
    ]
