"""A shop's calls are tested through the whole web front."""

from tests.harness.front import *  # noqa: F403 - fixtures, found by their names
