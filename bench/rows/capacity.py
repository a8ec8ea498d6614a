"""The DynamoDB units that a product takes when its caption comes first."""

from assembly_service.domain.product import HalfKind
from bench.figure import Figure
from bench.front import front
from bench.instances import SERVICE, Program, running
from bench.local_aws import Account, local_aws
from bench.meter import Meter
from bench.peers.programs import pipelines
from bench.resources import resources
from bench.subscriber import subscriber
from bench.videos import sellers, videos


async def measure(quick: bool) -> list[Figure]:
    """Write and read units of a 2.6 KB product, all captions staged before the first thumbnail."""
    products = 5 if quick else 100
    peers, skipped = pipelines()
    written, read = {}, {}
    with local_aws() as aws:
        for program in (SERVICE, *peers):
            both = await units(program, aws.fresh_account(), products)
            written[program.name], read[program.name] = (each / products for each in both)
    details: dict[str, object] = {"products": products}
    return [
        Figure(
            row="DynamoDB write units a 2.6 KB product, caption first",
            measured=written.pop(SERVICE.name),
            unit="units",
            target=6,
            peers=written,
            skipped=skipped,
            details=details,
        ),
        Figure(
            row="DynamoDB read units, the same run",
            measured=read.pop(SERVICE.name),
            unit="units",
            target=6,
            peers=read,
            skipped=skipped,
            details=details,
        ),
    ]


async def units(program: Program, account: Account, products: int) -> tuple[float, float]:
    """Count the units written and read for so many products; the start takes none."""
    sent = videos(products)
    async with resources(account) as aws:
        meter = Meter(dynamodb=aws.dynamodb)
        async with (
            front(account.environment["AWS_ENDPOINT_URL"], meter.watch) as url,
            running(program, account, AWS_ENDPOINT_URL_DYNAMODB=url) as instance,
            subscriber(instance.url, sellers()) as client,
        ):
            await aws.fill(HalfKind.CAPTION, [each.bodies[HalfKind.CAPTION] for each in sent])
            await aws.until_acknowledged()
            await aws.fill(HalfKind.THUMBNAIL, [each.bodies[HalfKind.THUMBNAIL] for each in sent])
            await client.until_heard(products)
            await aws.until_settled()
    return meter.units
