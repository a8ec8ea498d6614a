"""A draft belongs to its owner; without one, to everyone who knows its id."""

import pytest

from assembly_service.access.caller import Caller, Privilege
from assembly_service.drafts.engine.draft import Owner
from assembly_service.drafts.engine.ownership import belongs_to
from tests.drafts.engine.support import a_draft

ADA = Caller(user_id="ada", privilege=Privilege.ADMIN, organization="one")
BOB = Caller(user_id="bob", privilege=Privilege.ADMIN, organization="one")
FOREIGN_ADA = Caller(user_id="ada", privilege=Privilege.ADMIN, organization="two")
FREE_ADA = Caller(user_id="ada", privilege=None, organization=None)
FREE_BOB = Caller(user_id="bob", privilege=None, organization=None)


@pytest.mark.parametrize(
    ("owner", "caller", "alone", "shared"),
    [
        (None, None, True, True),
        (None, ADA, True, True),
        (Owner("ada", "one"), ADA, True, True),
        (Owner("ada", "one"), BOB, False, True),
        (Owner("ada", "one"), FOREIGN_ADA, False, False),
        (Owner("ada", "one"), FREE_ADA, False, False),
        (Owner("ada", "one"), None, False, False),
        (Owner("ada", ""), FREE_ADA, True, True),
        (Owner("ada", ""), FREE_BOB, False, False),
        (Owner("ada", ""), None, False, False),
    ],
)
def test_who_a_draft_belongs_to(
    owner: Owner | None, caller: Caller | None, alone: bool, shared: bool
) -> None:
    draft = a_draft(owner=owner)
    assert belongs_to(draft, caller) is alone
    assert belongs_to(draft, caller, share_within_organization=True) is shared
