"""The whole web front."""

from tests.web.front import *  # noqa: F403 - fixtures, found by their names
