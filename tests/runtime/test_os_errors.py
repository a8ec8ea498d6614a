"""What is said of errors of the operating system."""

import asyncio
import errno
import os
import socket

import aiohappyeyeballs
import pytest

from assembly_service.runtime.os_errors import reason_of


def test_the_reason_is_in_the_words_of_the_system_whatever_a_library_says_around_it() -> None:
    wrapped = OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 8000)")
    assert reason_of(wrapped) == os.strerror(errno.ECONNREFUSED)
    unknown_host = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert reason_of(unknown_host) == "Name or service not known"


@pytest.mark.parametrize(
    ("error", "reason"), [(OSError("no address"), "no address"), (OSError(), "OSError")]
)
def test_an_error_without_a_number_has_a_reason_too(error: OSError, reason: str) -> None:
    assert reason_of(error) == reason


async def test_a_host_that_fails_at_each_address_in_another_way_has_the_reasons_of_all() -> None:
    tcp = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    # Nothing listens at the first; nobody may connect to the second.
    infos = [
        (socket.AF_INET, *tcp, ("127.0.0.1", 1)),
        (socket.AF_INET, *tcp, ("255.255.255.255", 1)),
    ]
    with pytest.raises(OSError, match="Multiple exceptions") as raised:
        async with asyncio.timeout(20):
            await aiohappyeyeballs.start_connection(infos)
    assert reason_of(raised.value) == str(raised.value)
