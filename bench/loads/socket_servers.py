"""The servers of sockets that are compared, each with an audience of its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bench.loads.audience import Audience, audience
from bench.loads.processes import (
    DrivenProgram,
    cpu_seconds,
    memory_bytes,
    python,
    running_program,
)
from bench.loads.products import event_payloads
from bench.peers.node import NODE_IS_MISSING, node_command

SELLER = "home256"
SELF, BARE = "assembly-service", "bare aiohttp"
NODE, PYTHON = "Node socket.io", "python-socketio"

Command = tuple[str, ...]


def bare_server(*, compresses: bool = False) -> Mapping[str, Command]:
    """The command of a WebSocket server without Socket.IO, as a floor."""
    command = python("bench.peers.websocket_aiohttp")
    return {f"{BARE}, deflate": (*command, "deflate")} if compresses else {BARE: command}


def socket_servers(*, compress: bool = False, peers: bool = True) -> dict[str, Command]:
    """The commands of the service and of any `peers`, by name; those on Node only if it is there.

    To `compress`, Node needs an option, so it is there with it and without.
    """
    found = {SELF: python("bench.loads.notification_server")}
    if not peers:
        return found
    found[PYTHON] = python("bench.peers.socketio_python")
    if node := node_command("socketio_node.mjs"):
        found[NODE] = node
        if compress:
            found[f"{NODE}, deflate"] = (*node, "deflate")
    return found


def skipped_peers() -> dict[str, str]:
    """A sentence for each peer that cannot run here."""
    return {} if node_command("socketio_node.mjs") else {NODE: NODE_IS_MISSING}


@dataclass(frozen=True, kw_only=True)
class SocketServer:
    """A running server and its audience."""

    program: DrivenProgram
    audience: Audience

    @property
    def version(self) -> str:
        """Names and versions of what it is made of."""
        return str(self.program.greeting["version"])

    def cpu_seconds(self) -> float:
        """The CPU seconds of all its threads so far."""
        return cpu_seconds(self.program.pid)

    async def memory_bytes(self) -> int:
        """Its resident bytes after a garbage collection."""
        await self.program.ask(act="collect")
        return memory_bytes(self.program.pid)

    async def announce(self, events: int, *, pause: float = 0.0) -> list[int]:
        """Announce so many events with pauses of so many seconds. Returns when, in nanoseconds."""
        answer = await self.program.ask(act="announce", seller=SELLER, count=events, pause=pause)
        announced_at: list[int] = answer["announced_at"]
        return announced_at


@asynccontextmanager
async def running_servers(
    commands: Mapping[str, Command], *, processes: int = 1
) -> AsyncIterator[dict[str, SocketServer]]:
    """Run the servers, with events to announce, and their audiences in so many processes each."""
    async with AsyncExitStack() as opened:
        servers = {}
        for name, command in commands.items():
            program = await opened.enter_async_context(running_program(*command))
            seller = None if program.greeting.get("bare") else SELLER
            if seller is not None:
                await program.ask(act="prepare", seller=SELLER, payloads=event_payloads(SELLER))
            crowd = await opened.enter_async_context(
                audience(name, program.greeting["port"], seller, processes=processes)
            )
            servers[name] = SocketServer(program=program, audience=crowd)
        yield servers
