"""What a reader may read, by its token or its ticket."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from assembly_service.access.readers import Reader, Readers, SellerNotAllowed
from assembly_service.access.tickets import TICKET_SECONDS, Tickets
from assembly_service.access.tokens import Unauthorized
from assembly_service.settings.readers import ReaderSettings
from tests.access.tokens import SECRET, bearer, opened, signed

AMANI, BARAKA = "amani", "baraka"
ReaderOf = Callable[..., Awaitable[Reader]]


def allowed(reader: Reader) -> set[str]:
    """Which of two sellers a reader may read."""
    found = set()
    for seller in (AMANI, BARAKA):
        try:
            reader.check(seller)
        except SellerNotAllowed:
            continue
        found.add(seller)
    return found


async def reader_of(auth: str, token: object, **settings: Any) -> Reader:
    async with opened(**settings) as verifier:
        readers = Readers(
            ReaderSettings.from_environment({"READER_AUTH": auth}),
            verifier=verifier,
            tickets=Tickets(SECRET),
        )
        return await readers.by_token(token)


@pytest.mark.parametrize("auth", ["optional", "required"])
@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ([AMANI], {AMANI}),
        (AMANI, {AMANI}),
        ([AMANI, BARAKA], {AMANI, BARAKA}),
        ("*", {AMANI, BARAKA}),
        ([AMANI, "*"], {AMANI, BARAKA}),
        (["Amani", "amani "], set()),
        ([], set()),
    ],
)
async def test_a_token_allows_exactly_the_sellers_that_it_names(
    auth: str, claim: object, expected: set[str]
) -> None:
    assert allowed(await reader_of(auth, signed(sellers=claim))) == expected


@pytest.mark.parametrize("claim", [7, {"amani": True}, [AMANI, None], True])
async def test_a_claim_that_is_no_list_of_sellers_is_refused(claim: object) -> None:
    with pytest.raises(
        Unauthorized, match="The claim sellers of the token is not a list of sellers"
    ):
        await reader_of("optional", signed(sellers=claim))


async def test_who_names_no_seller_reads_everything_only_where_tokens_are_optional() -> None:
    for token in (None, signed()):
        assert allowed(await reader_of("optional", token)) == {AMANI, BARAKA}
    assert allowed(await reader_of("required", signed())) == set()
    with pytest.raises(Unauthorized, match="There is no token"):
        await reader_of("required", None)


@pytest.mark.parametrize("token", [7, ["x"], "x", "ü", signed(exp=1), signed(aud="other")])
async def test_a_token_that_is_none_is_refused_even_where_it_is_not_needed(token: object) -> None:
    with pytest.raises(Unauthorized, match="The token"):
        await reader_of("optional", token)


async def test_a_right_ends_when_the_token_would_be_refused() -> None:
    exp = int(time.time()) + 600
    token = signed(sellers=AMANI, exp=exp)
    assert (await reader_of("required", token, jwt_leeway_seconds=45)).expires_at == (
        (exp + 45) * 1000
    )
    assert (await reader_of("optional", None)).expires_at is None


async def test_a_ticket_allows_its_seller_for_a_minute_and_no_longer_than_the_token() -> None:
    tickets = Tickets(SECRET)
    later = round(time.time() + 3_600) * 1000
    assert tickets.read(tickets.issue(AMANI, later)) == (AMANI, later)
    # Another instance with the same secret takes it too.
    assert Tickets(SECRET).read(tickets.issue(AMANI, None)) == (AMANI, None)
    earlier = Tickets(SECRET, seconds=lambda: time.time() - TICKET_SECONDS)
    with pytest.raises(Unauthorized, match="The ticket has expired"):
        tickets.read(earlier.issue(AMANI, None))
    with pytest.raises(Unauthorized, match="The ticket has expired"):
        tickets.read(tickets.issue(AMANI, int(time.time()) * 1000))


@pytest.mark.parametrize(
    "forged",
    [
        Tickets(SECRET + "!").issue(AMANI, None),
        # The secret itself does not sign tickets.
        signed(aud="event-stream", seller=AMANI),
        "ü",
        "",
    ],
)
async def test_a_ticket_that_the_service_did_not_sign_is_refused(forged: str) -> None:
    with pytest.raises(Unauthorized, match="The ticket was not issued by this service"):
        Tickets(SECRET).read(forged)


async def test_a_ticket_is_no_token() -> None:
    ticket = Tickets(SECRET).issue(AMANI, None)
    async with opened(jwt_audience="event-stream") as verifier:
        with pytest.raises(Unauthorized, match="signature"):
            await verifier.caller(bearer(ticket))
