"""Partial failures of batch calls: what the engine gets, and what is answered."""

import random
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeVar

Body = dict[str, Any]
Entry = TypeVar("Entry")

_STATEMENT_ERRORS = ("ThrottlingError", "InternalServerError", "ProvisionedThroughputExceeded")


@dataclass(frozen=True, slots=True)
class PartialFailure:
    """`passed_on` is the part that the engine gets, if any.

    `complete` makes the whole answer from the engine's answer, which is empty if nothing was asked.
    `status` is that of the whole answer.
    """

    passed_on: Body | None
    complete: Callable[[Body], Body]
    status: int = 200


def partial_failure(operation: str, request: Body, chance: random.Random) -> PartialFailure | None:
    """Let a part of a batch fail, at least one entry; None if the call is not a batch."""
    match operation:
        case "BatchGetItem":
            return unprocessed_keys(request, lambda keys: _some(keys, chance))
        case "BatchExecuteStatement":
            return _some_failed_statements(request, chance)
        case "DeleteMessageBatch" | "ChangeMessageVisibilityBatch":
            return _failed_entries(request, chance)
        case _:
            return None


def unprocessed_keys(request: Body, choose: Callable[[Sequence[Body]], Set[int]]) -> PartialFailure:
    """Leave keys of a BatchGetItem unprocessed: those of each table that `choose` selects."""
    asked: Body = {}
    left: Body = {}
    for table, wanted in request["RequestItems"].items():
        failing = choose(wanted["Keys"])
        passed = [key for number, key in enumerate(wanted["Keys"]) if number not in failing]
        if failing:
            left[table] = wanted | {"Keys": [wanted["Keys"][number] for number in sorted(failing)]}
        if passed:
            asked[table] = wanted | {"Keys": passed}

    def complete(answer: Body) -> Body:
        return {"Responses": answer.get("Responses", {}), "UnprocessedKeys": left}

    return PartialFailure(request | {"RequestItems": asked} if asked else None, complete)


def _some_failed_statements(request: Body, chance: random.Random) -> PartialFailure:
    """Some of the failing statements are carried out nevertheless."""
    failing = _some(request["Statements"], chance)
    codes = {number: chance.choice(_STATEMENT_ERRORS) for number in sorted(failing)}
    withheld = {number for number in sorted(failing) if chance.random() < 0.5}
    return failed_statements(request, codes, withheld)


def failed_statements(
    request: Body, codes: Mapping[int, str], withheld: Set[int]
) -> PartialFailure:
    """Fail statements with these codes, by index; those withheld are not carried out."""
    statements = request["Statements"]
    errors = {
        number: {"Error": {"Code": code, "Message": "A bad day."}} for number, code in codes.items()
    }
    passed = [each for number, each in enumerate(statements) if number not in withheld]

    def complete(answer: Body) -> Body:
        answers = iter(answer.get("Responses", []))
        responses = [None if number in withheld else next(answers) for number in _of(statements)]
        return {"Responses": [errors.get(number, responses[number]) for number in _of(statements)]}

    return PartialFailure(request | {"Statements": passed} if passed else None, complete)


def _failed_entries(request: Body, chance: random.Random) -> PartialFailure:
    """Some of the failing entries are carried out nevertheless."""
    entries = request["Entries"]
    failing = {entries[number]["Id"] for number in _some(entries, chance)}
    withheld = {each for each in sorted(failing) if chance.random() < 0.5}
    passed = [entry for entry in entries if entry["Id"] not in withheld]

    def complete(answer: Body) -> Body:
        told = {
            part: [each for each in answer.get(part, []) if each["Id"] not in failing]
            for part in ("Successful", "Failed")
        }
        told["Failed"] += [
            {"Id": each, "Code": "InternalError", "SenderFault": False} for each in sorted(failing)
        ]
        return told

    return PartialFailure(request | {"Entries": passed} if passed else None, complete)


def _some(entries: Sequence[Entry], chance: random.Random) -> set[int]:
    """The indices of about half of the entries, at least one."""
    chosen = {number for number in _of(entries) if chance.random() < 0.5}
    return chosen or {chance.randrange(len(entries))}


def _of(entries: Sequence[Entry]) -> range:
    return range(len(entries))
