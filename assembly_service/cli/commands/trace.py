"""`assembly-service trace`: says where a video is, what is wrong, and what to do."""

import asyncio
import json

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.arguments import check_names
from assembly_service.cli.session import run_with_clients
from assembly_service.domain.product import ProductKey
from assembly_service.operations.letter_reader import LetterReader
from assembly_service.operations.tracer import VideoTracer, create_tracer
from assembly_service.operations.video_trace import VideoState, VideoTrace
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import Settings

_MOST_LETTERS = 10_000
_WATCH_SECONDS = 2
_LETTERS_AGE_SECONDS = 30
"""How long --watch goes without reading dead letters, which hides them from other readers."""


@click.command()
@click.argument("seller")
@click.argument("video")
@click.option("--json", "raw", is_flag=True, help="Print one line of JSON.")
@click.option("--watch", is_flag=True, help="Print every change, until the product exists.")
def trace(seller: str, video: str, raw: bool, watch: bool) -> None:
    """Say where a video is, and what to do.

    Nothing is moved: dead letters that were read can be received again as soon as this is done.
    With --watch they are read every half minute. Times are UTC.
    """
    check_names(seller, [video])
    key = ProductKey(seller, video)

    async def work(settings: Settings, clients: Clients) -> None:
        letters = LetterReader(
            clients.sqs, settings.queue_urls, most=_MOST_LETTERS, clock=wall_clock
        )
        tracer = create_tracer(
            settings,
            clients,
            letters=letters,
            clock=wall_clock,
            max_age_seconds=_LETTERS_AGE_SECONDS,
        )
        await _follow(tracer, key, raw=raw, watch=watch)

    run_with_clients("look for the video", work)


async def _follow(tracer: VideoTracer, key: ProductKey, *, raw: bool, watch: bool) -> None:
    shown = None
    while True:
        found = await tracer.trace(key)
        text = one_line(json.dumps(found.as_json(), ensure_ascii=False)) if raw else _text(found)
        known = found.as_json() | {"deadLettersReadAt": None}
        if known != shown:
            click.echo(text)
            shown = known
        if not watch or found.state is VideoState.PRODUCT:
            return
        await asyncio.sleep(_WATCH_SECONDS)


def _text(found: VideoTrace) -> str:
    steps = [one_line(f"  {at}  {what}") for at, what in found.steps()]
    return "\n".join([one_line(found.summary), *steps])
