"""The order of checks in catalogue calls: caller, record, version, and only then the body."""

from io import BytesIO

import pytest

from tests.drafts.product.support import (
    PRODUCTS,
    Caller,
)
from tests.drafts.product.test_catalogue_calls import TARGETS, make
from tests.drafts.product.test_catalogue_changes import product_path, target_paths
from tests.harness.drafts import (
    ORGANIZATION,
)

TOO_LARGE = b" " * (2**20 + 1)
UNKNOWN = (f"{PRODUCTS}/{ORGANIZATION}", f"{PRODUCTS}/{ORGANIZATION}/target", f"{TARGETS}/x")


async def refused(caller: Caller, method: str, path: str, tag: str = "*") -> int:
    """The status of the answer to a body that cannot be read."""
    headers = {"If-Match": tag, "Authorization": f"Bearer {caller.token}"}
    body = BytesIO(TOO_LARGE)
    async with caller.session.request(method, path, data=body, headers=headers) as answer:
        return answer.status


async def test_a_caller_without_the_right_is_refused_whatever_the_body(admin: Caller) -> None:
    owner, nobody = admin.as_(privilege="owner"), Caller(session=admin.session, token="unknown")
    assert await refused(nobody, "POST", PRODUCTS) == 401
    assert await refused(owner, "POST", PRODUCTS) == 403
    assert await refused(admin, "POST", PRODUCTS) == 413


@pytest.mark.parametrize("way", range(3))
async def test_a_change_is_checked_by_caller_then_record_then_version_then_body(
    admin: Caller, way: int
) -> None:
    made = await make(admin)
    path = (product_path(made), *target_paths(made))[way]
    owner, nobody = admin.as_(privilege="owner"), Caller(session=admin.session, token="unknown")
    unreadable, stale = "1.1", '"0.1"'
    assert await refused(nobody, "PATCH", UNKNOWN[way], unreadable) == 401
    assert await refused(owner, "PATCH", UNKNOWN[way], unreadable) == 403
    assert await refused(admin, "PATCH", UNKNOWN[way], unreadable) == 404
    assert await refused(admin, "PATCH", path, unreadable) == 400
    assert await refused(admin, "PATCH", path, stale) == 412
    assert await refused(admin, "PATCH", path) == 413
