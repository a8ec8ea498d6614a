"""`assembly-service announce`: announces a seller's products again."""

from collections.abc import Sequence
from uuid import uuid4

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.arguments import check_names
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.session import run_with_clients
from assembly_service.cli.wording import counted
from assembly_service.operations.announcing import Reannounced, Reannouncer, keys_of
from assembly_service.pipeline.creation import assembly_rules, assembly_tables
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.storage.catalogue import Catalogue


@click.command()
@click.argument("seller")
@click.argument("videos", nargs=-1, metavar="[VIDEO]...")
def announce(seller: str, videos: tuple[str, ...]) -> None:
    """Announce a seller's products again: the named ones, or all.

    They go to the clients of every instance over SOCKETIO_REDIS_URL, and to the topic
    SNS_NEW_PRODUCT_TOPIC_ARN. A product that was last changed more than COMMIT_ALLOWANCE ago gets a
    new `updated_at` first, so that polling clients see it too.
    """
    check_names(seller, videos)

    async def work(settings: Settings, clients: Clients) -> Reannounced:
        _warn_of_missing_channels(settings)
        return await _announce(settings, clients, seller, videos)

    _summarize(run_with_clients(f"announce the products of {seller}", work), seller)


def _warn_of_missing_channels(settings: Settings) -> None:
    bus, topic = settings.socketio_redis_url, settings.sns_new_product_topic_arn
    if not bus and not topic:
        click.echo(
            "Neither SOCKETIO_REDIS_URL nor SNS_NEW_PRODUCT_TOPIC_ARN is set: only polling clients "
            "will notice, and only products that get a new `updated_at`.",
            err=True,
        )
    elif not bus:
        click.echo(
            "SOCKETIO_REDIS_URL is not set: connected clients are not told, only the topic and "
            "polling clients.",
            err=True,
        )


async def _announce(
    settings: Settings, clients: Clients, seller: str, videos: Sequence[str]
) -> Reannounced:
    # Slow to load, and other commands do not need it.
    from assembly_service.notification.notification import open_notification

    table = settings.dynamodb_products_table
    catalogue = Catalogue(dynamodb=clients.dynamodb, table=table)
    described = await clients.dynamodb.describe_table(TableName=table)
    async with open_notification(
        # A worker only publishes.
        settings=settings.model_copy(update={"service_role": "worker"}),
        metrics=Metrics(),
        clock=wall_clock,
        changed_since=catalogue.changed_since,
        newest=catalogue.newest,
        products_table_arn=described["Table"]["TableArn"],
        readers=None,
        sns=clients.sns,
    ) as notification:
        reannouncer = Reannouncer(
            tables=assembly_tables(settings, clients.dynamodb_writes),
            announce=notification.announcer.announce,
            rules=assembly_rules(settings),
            clock=wall_clock,
            correlation_id=f"announce-{uuid4()}",
        )
        with progress_bar() as progress:
            advance = add_task(progress, "Announcing", total=len(set(videos)) or None)
            async for keys in keys_of(catalogue, seller, videos):
                await reannouncer.announce(keys)
                advance(len(keys))
                if failure := notification.bus_failure:
                    raise click.ClickException(
                        "Redis or Valkey at SOCKETIO_REDIS_URL cannot be reached: clients of "
                        "other processes were not told. Try again when it is back "
                        f"({failure})."
                    )
        return reannouncer.result


def _summarize(result: Reannounced, seller: str) -> None:
    if result.announced:
        click.echo(
            f"Announced {counted(len(result.announced), 'product')} of {seller}, "
            f"{result.stamped} of them stamped anew."
        )
    complaints = [
        f"Video {key.video_id} has no product"
        + (f": its {missing} half has not come yet." if missing else ".")
        for key, missing in result.without_product.items()
    ]
    complaints += [
        f"Video {key.video_id} could not be announced: try again later." for key in result.failed
    ]
    if not result.announced and not complaints:
        complaints = [f"{seller} has no products."]
    if complaints:
        raise click.ClickException("\n".join(complaints))
