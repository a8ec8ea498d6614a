"""Reference data of the tests."""

from assembly_service.drafts.education.reference_items import Account, MembershipYearItem
from tests.harness.drafts import ORGANIZATION


def account(
    account_id: str,
    *,
    business_id: str,
    organization: str = ORGANIZATION,
    users: tuple[str, ...] = ("ada",),
) -> Account:
    """An account that the Owners in `users` may link."""
    return Account.model_validate(
        {
            "kind": "account",
            "organization": organization,
            "accountId": account_id,
            "businessId": business_id,
            "users": users,
        }
    )


def membership_year(
    name: str,
    *,
    year: int,
    ends: str,
    status: str = "ACTIVE",
    organization: str = ORGANIZATION,
) -> MembershipYearItem:
    """A membership setting of an organisation."""
    return MembershipYearItem.model_validate(
        {
            "kind": "membershipYear",
            "organization": organization,
            "id": name,
            "year": year,
            "yearEnds": ends,
            "status": status,
        }
    )
