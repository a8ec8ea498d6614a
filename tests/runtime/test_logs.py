"""Console logs are coloured only on terminals, and warnings are kept."""

import os
import pty
import subprocess
import sys

import pytest

WRITE = """
import logging, structlog
from assembly_service.runtime.logs import configure_logs
from assembly_service.runtime.recent_lines import recent_lines
configure_logs(level="INFO", log_format="console")
structlog.get_logger().info("from_us")
logging.getLogger("library").warning("from_a_library")
print("kept:", [line.event for line in recent_lines()])
"""
ESCAPE = "\x1b["


def written(*streams: str, **environment: str) -> str:
    """What a process logs to its output and errors, of which `streams` are terminals."""
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", WRITE],
            env={"PYTHONPATH": os.pathsep.join(sys.path), **environment},
            stdout=theirs if "output" in streams else subprocess.PIPE,
            stderr=theirs if "errors" in streams else subprocess.PIPE,
            check=True,
        )
        os.write(theirs, b"end\n")
        shown = b""
        while b"end" not in shown:
            shown += os.read(ours, 4096)
    finally:
        os.close(ours)
        os.close(theirs)
    return (shown + (done.stdout or b"") + (done.stderr or b"")).decode()


def test_terminals_get_colours() -> None:
    assert ESCAPE in written("output", "errors")


@pytest.mark.parametrize(
    ("streams", "environment"),
    [
        ([], {}),
        (["output"], {}),
        (["errors"], {}),
        (["output", "errors"], {"NO_COLOR": "1"}),
    ],
)
def test_files_and_no_color_get_no_colours(streams: list[str], environment: dict[str, str]) -> None:
    text = written(*streams, **environment)
    assert "from_us" in text
    assert "from_a_library" in text
    assert ESCAPE not in text


def test_warnings_are_kept_in_memory_those_of_libraries_too() -> None:
    assert "kept: ['from_a_library']" in written()
