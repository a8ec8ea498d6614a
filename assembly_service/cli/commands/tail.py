"""`assembly-service tail`: prints what a frontend would show of some sellers, live."""

import asyncio

import click
from pydantic import Field

from assembly_service.cli.environment import read
from assembly_service.cli.formatting import as_json, as_text
from assembly_service.cli.output import ending_with_the_reader
from assembly_service.domain.addresses import reachable, url_of
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.addresses import Host
from assembly_service.settings.values import SettingsModel


class _Here(SettingsModel):
    """Where the service listens on this machine."""

    host: Host = "127.0.0.1"
    port: int = Field(default=3002, ge=1, le=65535)

    @property
    def url(self) -> str:
        """The service's address."""
        return url_of(reachable(self.host), self.port)


@click.command()
@click.argument("sellers", nargs=-1, required=True, metavar="SELLER...")
@click.option("--url", help="The service's address.  [default: http://HOST:PORT]")
@click.option(
    "--token",
    envvar="READER_TOKEN",
    help="What says who reads, where READER_AUTH asks for it; or set READER_TOKEN.",
)
@click.option("--json", "raw", is_flag=True, help="Print each event as a line of JSON.")
def tail(sellers: tuple[str, ...], url: str | None, token: str | None, raw: bool) -> None:
    """Print the products of sellers as they arrive, until Ctrl-C.

    After a lost connection it subscribes again and prints what it missed.
    """
    url = url or read(_Here).url
    # Loads Socket.IO, which other commands do not need.
    from assembly_service.cli.following import Follower, SubscribeRefused, Unreachable

    follower = Follower(
        url=url if "://" in url else f"http://{url}",
        sellers=sellers,
        token=token,
        show=lambda event, data: click.echo(one_line((as_json if raw else as_text)(event, data))),
        note=lambda sentence: click.echo(one_line(sentence), err=True),
    )

    async def follow() -> None:
        with ending_with_the_reader():
            await follower.follow()

    try:
        asyncio.run(follow())
    except (SubscribeRefused, Unreachable) as error:
        raise click.ClickException(one_line(str(error))) from None
    except KeyboardInterrupt:
        # The usual way to end it.
        return
