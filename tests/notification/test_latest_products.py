"""An instance knows the products that it announced or heard of last."""

from assembly_service.domain.exact_json import Value
from assembly_service.notification.latest_products import MOST_LATEST_PRODUCTS, LatestProducts
from assembly_service.notification.rooms import Push, ResyncReason, resync
from tests.notification.buses import on_the_bus, payload_of
from tests.notification.support import product, until

AT = "2026-11-18T06:00:00.000Z"


def push(video_id: str, **changes: Value) -> Push:
    payload = {**payload_of(video_id), **changes}
    return Push(event="new_product", seller_handle="amani", payload=payload)


def test_the_last_twelve_products_are_kept_each_once_newest_first() -> None:
    latest = LatestProducts()
    for number in range(20):
        latest.add(push(f"v{number}"))
    latest.add(push("v10", event_type="product_updated"))
    kept = latest.newest_first()
    videos = [each.key.video_id for each in kept]
    assert videos == ["v10", *(f"v{n}" for n in range(19, 7, -1) if n != 10)]
    assert len(kept) == MOST_LATEST_PRODUCTS
    assert [each.event_type for each in kept[:2]] == ["product_updated", "new_product"]
    assert {(each.key.seller_handle, each.at) for each in kept} == {("amani", AT)}


def test_requests_to_reload_and_payloads_without_a_product_are_no_products() -> None:
    latest = LatestProducts()
    latest.add(resync("amani", ResyncReason.CONNECTION_RESTORED, AT))
    latest.add(Push(event="new_product", seller_handle="amani", payload={"product": None}))
    assert latest.newest_first() == []


async def test_a_product_is_known_where_it_was_announced_and_where_it_was_heard_of(
    valkey: str,
) -> None:
    async with on_the_bus(valkey) as one, on_the_bus(valkey) as two:
        await one.announce(product("v1"))
        [announced] = one.notification.latest_products.newest_first()
        await until(lambda: two.notification.latest_products.newest_first() == [announced])
