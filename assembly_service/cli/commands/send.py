"""`assembly-service send`: sends events from files, as the two producers would."""

import random
import time
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import boto3
import click

from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.cli.batches import Batch, in_batches
from assembly_service.cli.environment import load
from assembly_service.cli.event_files import EventLine, read_events, read_raw
from assembly_service.cli.failures import PATIENCE, readable_errors
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.publishing import Publisher
from assembly_service.cli.unfit_lines import warn_of_unfit
from assembly_service.cli.wording import counted
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import Settings

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
_BATCHES_PER_SECOND = 4
_WAIT_SECONDS = 30


@click.command()
@click.option("--captions", type=_File, metavar="FILE", help="A caption-parsed event on each line.")
@click.option("--thumbnails", type=_File, metavar="FILE", help="A thumbnail event on each line.")
@click.option(
    "--raw",
    type=_File,
    metavar="FILE",
    help="An SNS envelope on each line, or {queue, body} with the body to send.",
)
@click.option("--shuffle", is_flag=True, help="Send in random order.")
@click.option(
    "--duplicates",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Send this share of the messages twice, as in 0.2.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="Send at most N messages a second.",
)
@click.option("--sns", is_flag=True, help="Publish to the topics instead of the queues.")
@click.option(
    "--wait",
    type=click.FloatRange(0, min_open=True),
    is_flag=False,
    flag_value=_WAIT_SECONDS,
    metavar="[SECONDS]",
    help=f"Wait until the products are there, {_WAIT_SECONDS} seconds at most or as many as given.",
)
def send(
    captions: Path | None,
    thumbnails: Path | None,
    raw: Path | None,
    shuffle: bool,
    duplicates: float,
    rate: float | None,
    sns: bool,
    wait: float | None,
) -> None:
    """Send events from files to the queues or topics.

    Every line is sent exactly as it is. Without --shuffle, each caption is sent before the
    thumbnails that are on the same line of the other file. With --wait it fails unless all products
    are there in time, with these versions of their halves or newer ones.
    """
    if raw and sns:
        raise click.UsageError("--raw sends to the queues: leave out --sns.")
    if not (captions or thumbnails or raw):
        raise click.UsageError("Nothing to send: name --captions, --thumbnails or --raw.")
    settings = load(Settings)
    messages = _read(captions, thumbnails, raw)
    repeated = random.sample(messages, round(duplicates * len(messages)))
    messages = _in_order(messages, repeated, shuffle=shuffle)
    publisher = _publisher(settings, sns=sns)
    started = time.monotonic()
    refused = _send_all(publisher, messages, rate)
    _summarize(messages, len(repeated), refused, time.monotonic() - started)
    if wait is not None:
        # Loads the pipeline, which sending does not need.
        from assembly_service.cli.waiting import wait_for_products

        wait_for_products(messages, wait)


def _read(captions: Path | None, thumbnails: Path | None, raw: Path | None) -> list[EventLine]:
    files = {HalfKind.CAPTION: captions, HalfKind.THUMBNAIL: thumbnails}
    events = [read_events(path, kind) if path else [] for kind, path in files.items()]
    for lines in events:
        warn_of_unfit(lines)
    halves = [message for message in chain.from_iterable(zip_longest(*events)) if message]
    return halves + (read_raw(raw) if raw else [])


def _in_order(
    messages: Sequence[EventLine], repeated: Sequence[EventLine], *, shuffle: bool
) -> list[EventLine]:
    twice = {message.origin for message in repeated}
    ordered = [m for message in messages for m in [message] * (1 + (message.origin in twice))]
    if shuffle:
        random.shuffle(ordered)
    return ordered


def _publisher(settings: Settings, *, sns: bool) -> Publisher:
    session = boto3.Session(region_name=settings.aws_region)

    def connect(service: Any) -> Any:
        return session.client(service, endpoint_url=settings.endpoint_url(service), config=PATIENCE)

    with readable_errors("send"):
        if not sns:
            return Publisher.to_queues(connect("sqs"), settings.queue_urls)
        return Publisher.to_topics(connect("sns"), _topics(settings))


def _topics(settings: Settings) -> dict[HalfKind, str]:
    if not settings.sns_caption_topic_arn or not settings.sns_thumbnail_topic_arn:
        raise click.ClickException(
            "SNS_CAPTION_TOPIC_ARN and SNS_THUMBNAIL_TOPIC_ARN are not both set: "
            "--sns publishes to these topics."
        )
    return {
        HalfKind.CAPTION: settings.sns_caption_topic_arn,
        HalfKind.THUMBNAIL: settings.sns_thumbnail_topic_arn,
    }


def _send_all(publisher: Publisher, messages: Sequence[EventLine], rate: float | None) -> list[str]:
    refused: list[str] = []
    with progress_bar() as progress:
        advance = add_task(progress, "Sending", total=len(messages))
        for batch in _paced(messages, rate):
            with readable_errors(f"send to the {batch[0].kind} queue or topic"):
                refused += publisher.send(batch)
            advance(len(batch))
    return refused


def _paced(messages: Sequence[EventLine], rate: float | None) -> Iterator[Batch]:
    if rate is None:
        yield from in_batches(messages)
        return
    most = max(1, min(MESSAGES_PER_CALL, round(rate / _BATCHES_PER_SECOND)))
    due = time.monotonic()
    for batch in in_batches(messages, most_messages=most):
        time.sleep(max(0.0, due - time.monotonic()))
        due += len(batch) / rate
        yield batch


def _summarize(
    messages: Sequence[EventLine], repeated: int, refused: Sequence[str], seconds: float
) -> None:
    for sentence in refused:
        click.echo(one_line(sentence), err=True)
    captions = sum(message.kind is HalfKind.CAPTION for message in messages)
    sent, total = len(messages) - len(refused), counted(len(messages), "message")
    click.echo(
        f"Sent {sent} of {total} in {seconds:.1f} s "
        f"({captions} to captions, {len(messages) - captions} to thumbnails, "
        f"{repeated} of them repeated)."
    )
    if refused:
        not_taken = counted(len(refused), "message was", "messages were")
        raise click.ClickException(f"{not_taken} not accepted.")
