"""Pages for people who may not do everything: they say who may, and lead nobody else to it."""

import pytest

from tests.pages.browser import Browser
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("page", ["list", "product", "project", "education"])
async def test_nothing_leads_those_ahead_who_may_not_go_on(
    browser: Browser, stage: Stage, page: str
) -> None:
    assert await browser.play(f"{page}LeadsNowhereForThoseWhoMayNot", stage) == ""
