"""A body is used only if it is complete and in a known coding."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus

import pytest
from yarl import URL

from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    SESSIONS,
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Answer,
    Held,
)

TARGET = b'{"osot_province": [1, 11]}'
WHOLE = gzip.compress(TARGET)
RAW = zlib.compressobj(wbits=-15)
BROKEN = [
    ("gzip", b"nonsense"),
    ("gzip", WHOLE[:10]),
    ("gzip", WHOLE[:-1]),
    ("gzip", WHOLE[:-8] + b"\0" * 8),
    ("gzip", WHOLE + b"garbage"),
    ("gzip", WHOLE + WHOLE[:12]),
    ("gzip", zlib.compress(TARGET)),
    ("GZIP", b"nonsense"),
    ("x-gzip", WHOLE[:10]),
    ("deflate", WHOLE),
    ("deflate", b"nonsense"),
    ("deflate", zlib.compress(TARGET)[:-1]),
    ("deflate", zlib.compress(TARGET) + b"x"),
    ("identity, gzip", WHOLE[:10]),
    ("gzip", gzip.compress(b"{}") * 2_000),
]
BROKEN_BODY = "The body is broken, cut off, or not in the Content-Encoding that is named"
UNKNOWN_CODING = "This Content-Encoding is not possible: use gzip or deflate, or none"
UNKNOWN = ["br", "zstd", "compress", "gzip, gzip", "deflate, gzip", "utf-8", "*", "gzip;q=1", "é"]
SOUND = [
    ("gzip", WHOLE),
    ("GZip", WHOLE),
    ("x-gzip", WHOLE),
    ("gzip", gzip.compress(TARGET[:9]) + gzip.compress(TARGET[9:])),
    ("deflate", zlib.compress(TARGET)),
    ("deflate", RAW.compress(TARGET) + RAW.flush()),
    ("identity", TARGET),
    ("", TARGET),
    ("identity, gzip", WHOLE),
]


async def calls(admin: Caller) -> dict[str, str]:
    """Every call with a body: path and method, for existing records."""
    product = (await admin.call("POST", PRODUCTS, {**PRODUCT, "productCode": "HERE"})).body
    draft = await admin.draft_with_product(productCode="DRAFTED")
    return {
        f"{SESSIONS}/create": "POST",
        f"{SESSIONS}/{draft}/product": "POST",
        f"{SESSIONS}/{draft}/audience-target": "POST",
        f"{SESSIONS}/{draft}/commit": "POST",
        PRODUCTS: "POST",
        f"{PRODUCTS}/{product['productGuid']}": "PATCH",
        f"{PRODUCTS}/{product['productGuid']}/target": "PATCH",
        f"/private/audience-target/{product['audienceTarget']['targetGuid']}": "PATCH",
    }


async def encoded(
    caller: Caller, method: str, path: str, coding: str, body: bytes | None = b"{}"
) -> Answer:
    sent: Mapping[str, str] = {
        "Content-Encoding": coding,
        "Authorization": f"Bearer {caller.token}",
    }
    async with caller.session.request(method, path, data=body, headers=sent) as response:
        assert response.content_type == "application/json", await response.text()
        return Answer(response.status, json.loads(await response.text()), response.headers)


async def test_a_broken_body_is_refused_before_any_of_it_is_used(
    instance: Instance, admin: Caller
) -> None:
    paths = await calls(admin)
    rows = await instance.records()
    for path, method in paths.items():
        for coding, body in BROKEN:
            answer = await encoded(admin, method, path, coding, body)
            assert answer.status == HTTPStatus.BAD_REQUEST, (path, coding, body[:20])
            assert answer.body == {
                "statusCode": 400,
                "message": BROKEN_BODY,
            }
    assert await instance.records() == rows


async def test_an_unknown_coding_is_refused_with_a_list_of_known_ones(
    instance: Instance, admin: Caller
) -> None:
    paths = await calls(admin)
    rows = await instance.records()
    for path, method in paths.items():
        for coding in UNKNOWN:
            for body in (b"{}", None):
                answer = await encoded(admin, method, path, coding, body)
                assert answer.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE, (path, coding)
                assert answer.headers["Accept-Encoding"] == "gzip, deflate"
                assert answer.body == {
                    "statusCode": 415,
                    "message": UNKNOWN_CODING,
                }
    assert await instance.records() == rows


@pytest.mark.parametrize(("coding", "body"), SOUND, ids=range(len(SOUND)))
async def test_a_whole_body_is_read_in_every_known_coding(
    admin: Caller, coding: str, body: bytes
) -> None:
    session_id = await admin.draft_with_product()
    path = f"{SESSIONS}/{session_id}/audience-target"
    answer = await encoded(admin, "POST", path, coding, body)
    assert (answer.status, answer.body["audienceTarget"]) == (200, json.loads(TARGET))


async def test_a_small_body_that_holds_a_large_one_is_too_large(admin: Caller) -> None:
    session_id = await admin.draft_with_product()
    path = f"{SESSIONS}/{session_id}/audience-target"
    for large in (b" " * 2**20 + b"{}", b" " * 2**27):
        answer = await encoded(admin, "POST", path, "gzip", gzip.compress(large))
        assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert answer.body["message"] == "The body is too large: send at most 1 MiB"


@pytest.mark.parametrize("coding", ["br", "gzip"])
async def test_the_caller_the_draft_and_its_state_are_checked_first(
    admin: Caller, coding: str
) -> None:
    session_id = await admin.create()
    path = f"{SESSIONS}/{session_id}/audience-target"
    wrong = (
        (Caller(session=admin.session, token="none"), path, HTTPStatus.UNAUTHORIZED),
        (admin.as_(privilege="owner"), path, HTTPStatus.FORBIDDEN),
        (admin.as_(user="eve"), path, HTTPStatus.NOT_FOUND),
    )
    for caller, at, status in wrong:
        assert (await encoded(caller, "POST", at, coding)).status == status
    early = await encoded(admin, "POST", path, coding)
    assert early.body["message"] == "Product data must be added before target configuration"


@pytest.mark.parametrize(
    ("coding", "body"),
    [("", b""), ("gzip", b""), ("gzip", gzip.compress(b""))],
    ids=["none", "announced", "empty"],
)
async def test_a_missing_body_does_not_set_a_target_for_everyone(
    admin: Caller, coding: str, body: bytes
) -> None:
    session_id = await admin.draft_with_product()
    path = f"{SESSIONS}/{session_id}/audience-target"
    answer = await encoded(admin, "POST", path, coding, body)
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert answer.body["message"] == "Target validation failed"
    assert answer.body["errors"] == ["The body is missing: send {} if the product is for everyone"]
    assert (await admin.progress(session_id)).body["state"] == "product-added"
    opened = await admin.call("POST", path, {})
    assert (opened.status, opened.body["audienceTarget"]) == (200, {})


async def test_create_and_commit_need_no_body(admin: Caller) -> None:
    created = await encoded(admin, "POST", f"{SESSIONS}/create", "gzip", b"")
    assert created.status == HTTPStatus.CREATED
    session_id = await admin.draft_with_product()
    path = f"{SESSIONS}/{session_id}/commit"
    committed = await encoded(admin, "POST", path, "gzip", gzip.compress(b"{}"))
    assert committed.body["success"] is True


async def test_a_caller_who_hangs_up_in_the_middle_of_a_body_is_no_outage(
    instance: Instance, admin: Caller
) -> None:
    url, reading = URL(instance.url), Held()
    session_id = await admin.draft_with_product()
    instance.reads.orders["query"].append(reading)
    _, writer = await asyncio.open_connection(url.host, url.port)
    with closing(writer):
        head = f"POST {SESSIONS}/{session_id}/audience-target HTTP/1.1\r\nHost: x\r\n"
        headers = f"Authorization: Bearer {admin.token}\r\nContent-Length: 9\r\n\r\n"
        writer.write(f"{head}{headers}{{}}".encode())
        await reading.reached.wait()
    reading.let_go.set()
    labels = {"system": "product-orchestrator", "step": "add-target", "outcome": "refused"}
    for _ in range(300):
        if instance.registry.get_sample_value("assembly_draft_steps_total", labels):
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("the call was not counted as refused")
    assert (await admin.progress(session_id)).body["state"] == "product-added"
