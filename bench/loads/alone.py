"""Runs one row by itself: `python -m bench.rows.NAME [--quick]`."""

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import uvloop

from bench.errors import BenchError
from bench.figure import Figure


def show(measure: Callable[[bool], Awaitable[list[Figure]]]) -> None:
    """Measure and write each figure as a line of JSON; a bench that fails ends with its sentence.

    Quick, with tiny counts, if the program was given `--quick`.
    """

    async def run() -> None:
        for figure in await measure("--quick" in sys.argv[1:]):
            sys.stdout.write(json.dumps(asdict(figure) | {"met": figure.met}) + "\n")

    try:
        uvloop.run(run())
    except BenchError as error:
        raise SystemExit(str(error)) from None
