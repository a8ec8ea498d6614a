"""What the pages compute, by tests of their own."""

from tests.cli.runs import ROOT
from tests.harness.node import node

FRONTEND = ROOT / "frontend"


async def test_the_pages_compute_what_their_own_tests_say() -> None:
    code, printed = await node(FRONTEND, FRONTEND / "node_modules" / "vitest" / "vitest.mjs", "run")
    assert code == 0, printed
