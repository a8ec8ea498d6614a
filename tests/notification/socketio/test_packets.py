"""Packets are written in parts that a client can take."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from assembly_service.notification.socketio.packets import Outgoing, in_parts


@given(st.lists(st.sampled_from([10, 20_000, 64_000, 300_000])))
def test_parts_keep_the_order_and_are_no_larger_than_a_packet_or_64_kb(sizes: list[int]) -> None:
    packets = [Outgoing("x" * size) for size in sizes]
    parts = list(in_parts(packets))
    assert [packet for part in parts for packet in part] == packets
    assert all(len(part) == 1 or sum(each.size for each in part) <= 65_536 for part in parts)
    # As few as that allows: no part could have taken the first packet of the next one.
    for part, following in itertools.pairwise(parts):
        assert sum(each.size for each in part) + following[0].size > 65_536
