"""Names the calls of a handler in the terms of the rules."""

from dataclasses import dataclass
from typing import Any

LOOKS = frozenset({"look"})
PRODUCT_WRITES = frozenset({"write product", "update product"})
TABLE_WRITES = PRODUCT_WRITES | {"stage", "replace staged"}
TABLE_CALLS = LOOKS | TABLE_WRITES | {"discard"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A call that was carried out. `applied`: it did what it was for; `seen`: its answer.

    `counts`: it was applied, or is a write of a product that may have been.
    """

    name: str
    applied: bool
    seen: int
    counts: bool

    @classmethod
    def of(cls, name: str, answer: Any) -> "Taken":
        """The result of a call; an exception is an answer too."""
        text = str(answer) if isinstance(answer, Exception) else repr(answer)
        responses = answer.get("Responses", []) if isinstance(answer, dict) else []
        refused = isinstance(responses, list) and any("Error" in each for each in responses)
        unpublished = name == "announce" and bool(answer)
        applied = not (refused or unpublished or isinstance(answer, Exception))
        has_no_room = "ItemCollectionSizeLimitExceeded" in text
        counts = applied or (name in PRODUCT_WRITES and not has_no_room)
        return cls(name, applied, hash((name, text)), counts)


def name_of(operation: str, arguments: dict[str, Any], products_table: str) -> str:
    """What a call of AWS is for."""
    match operation:
        case "batch_get_item":
            return "look"
        case "put_item":
            is_product = arguments["TableName"] == products_table
            return "update product" if is_product else "replace staged"
        case "batch_execute_statement":
            statement = arguments["Statements"][0]["Statement"]
            if statement.startswith("DELETE"):
                return "discard"
            return "write product" if f'"{products_table}"' in statement else "stage"
        case "delete_message_batch":
            return "acknowledge"
        case "send_message":
            return "quarantine"
        case "change_message_visibility_batch":
            return "hand back"
        case _:
            return operation
