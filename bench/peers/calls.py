"""Counts the AWS calls of a peer on Python, and shows them as the service does."""

from collections import Counter
from typing import Any

from aiohttp import web


class Calls(Counter[str]):
    """Answered calls by operation."""

    def count(self, client: Any) -> None:
        """Start counting the client's calls."""

        def answered(model: Any, **_: object) -> None:
            self[model.name] += 1

        client.meta.events.register("after-call", answered)

    async def show(self, _request: web.Request) -> web.Response:
        """The counts, in the format of `/metrics`."""
        lines = [
            f'assembly_aws_calls_total{{operation="{operation}"}} {count}\n'
            for operation, count in self.items()
        ]
        return web.Response(text="".join(lines))
