"""The peers that do the whole pipeline, as programs to run."""

import sys

from bench.instances import Program
from bench.peers.node import NODE_IS_MISSING, node_command

PYTHON = Program(
    name="careful Python", command=(sys.executable, "-m", "bench.peers.product_python")
)
DRAFTS = Program(name="careful Python", command=(sys.executable, "-m", "bench.peers.draft_python"))
LISTING_PYTHON = Program(
    name="plain aioboto3", command=(sys.executable, "-m", "bench.peers.listing_python")
)


def listings() -> tuple[list[Program], dict[str, str]]:
    """The peers that list products and can run here, and a sentence for each that cannot."""
    node = node_command("listing_node.mjs")
    if node is None:
        return [LISTING_PYTHON], {"Node with the AWS SDK": NODE_IS_MISSING}
    return [LISTING_PYTHON, Program(name="Node with the AWS SDK", command=node)], {}


def pipelines() -> tuple[list[Program], dict[str, str]]:
    """The peers that can run here, and a sentence for each that cannot."""
    node = node_command("product_node.mjs")
    if node is None:
        return [PYTHON], {"careful Node": NODE_IS_MISSING}
    return [PYTHON, Program(name="careful Node", command=node)], {}
