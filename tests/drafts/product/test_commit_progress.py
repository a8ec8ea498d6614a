"""What the progress of a committed draft says about its steps."""

import pytest

from tests.drafts.product.support import (
    Caller,
)


@pytest.mark.parametrize("configures", [False, True], ids=["without a target", "with a target"])
async def test_a_committed_draft_says_whether_its_target_was_configured(
    admin: Caller, configures: bool
) -> None:
    session_id = await admin.draft_with_product()
    if configures:
        await admin.configure_target(session_id, osot_province=[1])
    assert (await admin.commit(session_id)).body["success"] is True
    progress = (await admin.progress(session_id)).body
    taken = {"productAdded": True, "targetConfigured": configures, "committed": True}
    assert (progress["steps"], progress["progressPercent"]) == (taken, 100)
