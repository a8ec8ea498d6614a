"""An instance logs each product once that it handed to its clients, and nothing else."""

from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from assembly_service.notification.rooms import LARGEST_PUSH, Push, Rooms
from tests.notification.buses import payload_of


@dataclass(eq=False)
class Stream:
    """An event stream that keeps what it is sent."""

    frames: list[bytes] = field(default_factory=list)

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)


class BrokenClient:
    """A client that nothing can be sent to."""

    def send(self, *_: object, **__: object) -> None:
        raise RuntimeError("a bug")


def test_a_product_that_was_not_handed_to_a_client_is_not_logged_as_if_it_were() -> None:
    rooms, client = Rooms(), BrokenClient()
    rooms.add_client("amani", client)  # type: ignore[arg-type]
    push = Push(event="new_product", seller_handle="amani", payload=payload_of("v1"))
    with capture_logs() as logs, pytest.raises(RuntimeError, match="a bug"):
        rooms.broadcast([push])
    assert logs == []


def test_a_product_is_logged_once_for_all_who_got_it() -> None:
    push = Push(event="new_product", seller_handle="amani", payload=payload_of("v1"))
    large = replace(push, payload=payload_of("large", title="x" * LARGEST_PUSH))
    rooms, streams = Rooms(), [Stream() for _ in range(3)]
    for stream in streams:
        rooms.add_stream("amani", stream)
    with capture_logs() as logs:
        rooms.broadcast([push, large, replace(push, seller_handle="unwatched")])
    assert [b"event: resync" in each for each in streams[0].frames] == [False, True]
    [delivered] = logs
    assert (delivered["event"], delivered["video_id"]) == ("product_delivered", "v1")
    assert (delivered["clients"], delivered["correlation_id"]) == (3, None)
