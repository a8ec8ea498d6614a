"""The rows of education records and their guards in the records table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.education import codes
from assembly_service.drafts.education.category import Category, Determined
from assembly_service.drafts.education.rules import (
    ACCOUNT_TAKEN,
    ID_TAKEN,
    REGISTRATION_TAKEN,
    Violation,
)
from assembly_service.drafts.engine.audit import audit
from assembly_service.drafts.engine.transactions import Action, put_new
from assembly_service.storage.attribute_values import Item, from_item, to_item

COUNTERS: Item = {"pk": {"S": "COUNTERS"}, "sk": {"S": "EDUCATION"}}
"""Its attribute `educations` is the last number drawn."""
CHANGING = "EDUCATION#CHANGING"
"""The partition that lists every record whose category can still change."""
APPLIED_RULES = ("uniqueness_check", "coto_validation", "category_determination")
ROW_VERSION = "version"
RECORD_OF_GUARD = "record_id"
_ID_IN_USE = "The record id is already in use"
_OWNER = 1
COLUMNS = {
    "recordId": "osot_table_ot_educationid",
    "educationId": "osot_ot_education_id",
    "userBusinessId": "osot_user_business_id",
    "cotoStatus": "osot_coto_status",
    "cotoRegistration": "osot_coto_registration",
    "degreeType": "osot_ot_degree_type",
    "university": "osot_ot_university",
    "graduationYear": "osot_ot_grad_year",
    "country": "osot_ot_country",
    "notes": "osot_ot_other",
    "accessModifier": "osot_access_modifiers",
    "educationCategory": "osot_education_category",
    "privilege": "osot_privilege",
    "accountId": "osot_table_account",
}
"""The columns of a record, by the field names of the calls."""
CODED = {
    "cotoStatus": codes.COTO_STATUS,
    "degreeType": codes.DEGREE_TYPE,
    "university": codes.UNIVERSITY,
    "country": codes.COUNTRY,
    "accessModifier": codes.ACCESS_MODIFIER,
    "educationCategory": codes.CATEGORY,
    "privilege": codes.PRIVILEGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationMetadata:
    """All that a new record holds beside the education data, fixed before the first attempt.

    `written_at` is in milliseconds since 1970, `membership_ends` an ISO date or empty, `number`
    for people to read, with gaps.
    """

    organization: str
    actor: str
    role: str
    operation_id: str
    written_at: int
    record_id: str
    number: int
    category: int
    rationale: str
    membership_ends: str
    warnings: list[str]


def record(
    metadata: CreationMetadata, data: Mapping[str, Value], account_id: str
) -> dict[str, Value]:
    """Return the record by the field names of the calls."""
    return {
        "recordId": metadata.record_id,
        "educationId": f"osot-oted-{metadata.number:07d}",
        **data,
        "educationCategory": metadata.category,
        "privilege": _OWNER,
        "accountId": account_id,
    }


def new_record(
    metadata: CreationMetadata, data: Mapping[str, Value], account_id: str
) -> "StoredRecord":
    """Return the record by its columns."""
    fields = record(metadata, data, account_id)
    at = format_milliseconds(metadata.written_at)
    return StoredRecord(
        {
            **{COLUMNS[name]: value for name, value in fields.items()},
            "organization": metadata.organization,
            "createdBy": metadata.actor,
            "createdAt": at,
            "updatedAt": at,
            ROW_VERSION: 1,
        }
    )


def create_record(
    table: str, metadata: CreationMetadata, data: Mapping[str, Value], account_id: str
) -> list[Action]:
    """Return the writes of a record, its guards and its audit item, for one transaction.

    The guards come first, because the first failed condition is the reason that callers see.
    """
    key = record_key(metadata.organization, metadata.record_id)
    row = {**key, **to_item(new_record(metadata, data, account_id).row)}
    moves_on = metadata.category != Category.GRADUATED
    return [
        *_guards(table, metadata, data, account_id),
        put_new(table, row, if_refused=_ID_IN_USE),
        *([put_new(table, _changing_row(metadata))] if moves_on else []),
        audit(
            table,
            record_id=metadata.record_id,
            actor=metadata.actor,
            at=metadata.written_at,
            operation_id=metadata.operation_id,
            done={
                "action": "create",
                "role": metadata.role,
                "rules": list(APPLIED_RULES),
                "category": metadata.category,
                "rationale": metadata.rationale,
            },
        ),
    ]


def shown(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Return the fields with a label beside each code."""
    labelled: dict[str, Value] = {}
    for name, value in fields.items():
        labelled[name] = value
        if name in CODED:
            labelled[f"{name}Label"] = codes.label(CODED[name], value)
        elif name == "graduationYear":
            labelled[f"{name}Label"] = codes.graduation_label(value)
    return labelled


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record by its columns."""

    row: Mapping[str, Value]

    @classmethod
    def of(cls, item: Item) -> "StoredRecord":
        """Return the record of a row."""
        return cls(from_item(item))

    @property
    def record_id(self) -> str:
        """Its UUID."""
        return str(self.row[COLUMNS["recordId"]])

    @property
    def organization(self) -> str:
        """The organisation it belongs to."""
        return str(self.row["organization"])

    @property
    def business_id(self) -> str:
        """The member."""
        return str(self.row[COLUMNS["userBusinessId"]])

    @property
    def category(self) -> Category:
        """The education category."""
        return Category(self.row[COLUMNS["educationCategory"]])

    @property
    def graduated(self) -> int:
        """The year of graduation."""
        return codes.graduation_year(self.row[COLUMNS["graduationYear"]])

    @property
    def version(self) -> int:
        """Increases by one with every change."""
        return int(self.row[ROW_VERSION])

    def fields(self) -> dict[str, Value]:
        """Return the record as clients see it."""
        fields = {name: self.row[column] for name, column in COLUMNS.items() if column in self.row}
        dates = {name: self.row[name] for name in ("createdAt", "updatedAt")}
        return {**shown(fields), **dates}


def record_key(organization: str, record_id: str) -> Item:
    """Return the key of a record. Those of an organisation are sorted by creation."""
    return {"pk": {"S": f"ORG#{organization}"}, "sk": {"S": f"EDUCATION#{record_id}"}}


def changing_key(record_id: str) -> Item:
    """Return the key that lists a record whose category can still change."""
    return {"pk": {"S": CHANGING}, "sk": {"S": record_id}}


def member_guard(organization: str, business_id: str) -> Item:
    """Return the key that reserves a member for one record."""
    return _guard_key(f"UBID#{organization}#{business_id}")


def account_guard(account_id: str) -> Item:
    """Return the key that reserves an account for one record."""
    return _guard_key(f"EDUACC#{account_id}")


def value_guards(organization: str, data: Mapping[str, Value]) -> list[tuple[Item, Violation]]:
    """Return the keys that reserve the unique values, and the rule that each protects."""
    guards = [(member_guard(organization, data["userBusinessId"]), ID_TAKEN)]
    if "cotoRegistration" in data:
        registration = _guard_key(f"COTO#{organization}#{data['cotoRegistration']}")
        guards.append((registration, REGISTRATION_TAKEN))
    return guards


def category_change(
    table: str,
    stored: StoredRecord,
    determined: Determined,
    *,
    actor: str,
    operation_id: str,
    at: int,
) -> list[Action]:
    """Return the writes that change a record's category, if it is unchanged since it was read."""
    changing = {"TableName": table, "Key": changing_key(stored.record_id)}
    is_final = determined.category is Category.GRADUATED
    done: dict[str, Value] = {
        "action": "recategorise",
        "from": stored.category.value,
        "to": determined.category.value,
        "rationale": determined.rationale,
    }
    if determined.membership_ends is not None:
        done["membershipExpiresDate"] = determined.membership_ends.isoformat()
    return [
        Action(request={"Update": _category_update(table, stored, determined.category, at)}),
        *([Action(request={"Delete": changing})] if is_final else []),
        audit(
            table,
            record_id=stored.record_id,
            actor=actor,
            at=at,
            operation_id=operation_id,
            done=done,
        ),
    ]


def _category_update(table: str, stored: StoredRecord, to: Category, at: int) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": record_key(stored.organization, stored.record_id),
        "UpdateExpression": "SET #category = :to, updatedAt = :at, version = version + :one",
        "ConditionExpression": "#category = :from AND version = :version",
        "ExpressionAttributeNames": {"#category": COLUMNS["educationCategory"]},
        "ExpressionAttributeValues": {
            ":from": {"N": str(stored.category.value)},
            ":to": {"N": str(to.value)},
            ":at": {"S": format_milliseconds(at)},
            ":version": {"N": str(stored.version)},
            ":one": {"N": "1"},
        },
    }


def _guards(
    table: str, metadata: CreationMetadata, data: Mapping[str, Value], account_id: str
) -> list[Action]:
    """Reserve the member first, then the account, then the registration."""
    reserved = value_guards(metadata.organization, data)
    reserved.insert(1, (account_guard(account_id), ACCOUNT_TAKEN))
    record_id = {RECORD_OF_GUARD: {"S": metadata.record_id}}
    return [
        put_new(table, {**key, **record_id}, if_refused=taken.message) for key, taken in reserved
    ]


def _changing_row(metadata: CreationMetadata) -> Item:
    return {**changing_key(metadata.record_id), "organization": {"S": metadata.organization}}


def _guard_key(partition: str) -> Item:
    return {"pk": {"S": partition}, "sk": {"S": "GUARD"}}
