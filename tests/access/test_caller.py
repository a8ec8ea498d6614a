"""Case 1: who may prepare products, in every form of the claim."""

import pytest

from assembly_service.access.caller import Caller, Privilege, parse_privilege


@pytest.mark.parametrize(
    ("claim", "privilege"),
    [
        (1, Privilege.OWNER),
        (2, Privilege.ADMIN),
        (3, Privilege.MAIN),
        ("owner", Privilege.OWNER),
        ("Admin", Privilege.ADMIN),
        ("MAIN", Privilege.MAIN),
        ("2", Privilege.ADMIN),
        (2.0, Privilege.ADMIN),
    ],
)
def test_a_privilege_is_a_number_or_a_word(claim: object, privilege: Privilege) -> None:
    assert parse_privilege(claim) is privilege


@pytest.mark.parametrize(
    "claim",
    [
        *(
            None,
            0,
            4,
            -1,
            True,
            2.5,
            float("nan"),
            float("inf"),
            "",
            "4",
            "2.0",
            "02",
            " 2",
            "root",
        ),
        *(" admin", "admın", "maın", "２", "²", [2], {"admin": 1}),
    ],
)
def test_anything_else_is_no_privilege(claim: object) -> None:
    assert parse_privilege(claim) is None


@pytest.mark.parametrize(
    ("privilege", "may"),
    [(None, False), (Privilege.OWNER, False), (Privilege.ADMIN, True), (Privilege.MAIN, True)],
)
def test_only_admin_and_main_may_prepare_products(privilege: Privilege | None, may: bool) -> None:
    caller = Caller(user_id="user-1", privilege=privilege, organization="org-1")
    assert caller.may_prepare_products is may
