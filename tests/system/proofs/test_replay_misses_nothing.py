"""A client that subscribes with `since` misses nothing, wherever its connection drops."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.harness.socket_followers import SocketFollower
from tests.harness.stage_handlers import Handler
from tests.system.proofs.following import (
    ALL,
    let_time_pass,
    play_every_order,
    put_a_new_one_beside,
    socket_follower,
    to_the_end,
)


@pytest.mark.parametrize("reads", [2, ALL, None], ids=["mid-replay", "drops", "stays"])
def test_a_new_product_reaches_a_socket_in_every_order(
    reads: int | None, most_plays: int | None, tell: Callable[[str], None]
) -> None:
    """The client drops after some packets and reconnects, or stays."""

    async def set_up() -> SocketFollower:
        follower = socket_follower()
        await put_a_new_one_beside(follower.stage, old=1)
        await follower.stage.acting("client", partial(come_and_go, follower, reads))
        await let_time_pass(follower.stage, 4_000, 60_000)
        return follower

    async def catch_up(follower: SocketFollower) -> None:
        if follower.client is None:
            await to_the_end(follower.stage, "last", follower.subscribe)
        follower.read(ALL)

    explored = play_every_order(set_up, catch_up, of_shared_steps=False, most_plays=most_plays)
    tell(f"a socket that reads {reads}: {explored}")


async def come_and_go(follower: SocketFollower, reads: int | None, handler: Handler) -> None:
    """Connect and subscribe; then, unless it stays, read some packets and drop."""

    async def connect() -> None:
        """The step before the server accepts the request and reads its clock."""

    async def read_and_drop(packets: int) -> None:
        follower.read(packets)
        await follower.drop()

    await handler.call("connect", connect)
    await follower.subscribe(handler)
    if reads is not None:
        await handler.call("drop", partial(read_and_drop, reads))
