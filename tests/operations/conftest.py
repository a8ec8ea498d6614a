"""The operators' calls are tested through the whole web front."""

from tests.web.front import *  # noqa: F403 - fixtures, found by their names
