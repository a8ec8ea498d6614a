"""All draft systems declare the token and the engine's refusals, each in its own error form."""

from http import HTTPStatus

import pytest

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.declarations import ErrorForm
from assembly_service.drafts.engine.refusals import EngineRefusal, Refusal, RefusedCall
from assembly_service.http.answers import JSON, Answer

OF_ENGINE = {401: "unauthorized", 500: "unexpected", 503: "unavailable"}
OF_BODIES = {400: "unreadable", 413: "unreadable", 415: "unreadable"}


class NoteRefused(Refusal):
    """Ends a call with a code."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code

    def body(self, _: RefusedCall) -> dict[str, Value]:
        return {"code": self.code}


def refuse(refused: EngineRefusal) -> NoteRefused:
    return NoteRefused(refused.status, refused.reason.name.lower())


FORM = ErrorForm(
    schema="NoteError",
    refuse=refuse,
    meanings={
        HTTPStatus.BAD_REQUEST: "Not so.",
        HTTPStatus.TOO_MANY_REQUESTS: "Too many.",
        HTTPStatus.UNAUTHORIZED: "Nobody knows you.",
    },
)


def bodies(answer: Answer) -> set[str]:
    content = answer.content[JSON]
    assert content.schema == {"$ref": "#/components/schemas/NoteError"}
    return {example["code"] for example in content.examples.values()}


@pytest.mark.parametrize("takes_body", [True, False])
def test_refusals_of_the_engine_are_answered_in_the_form_of_the_system(takes_body: bool) -> None:
    answers = {answer.status: bodies(answer) for answer in FORM.answers({}, takes_body=takes_body)}
    expected = OF_ENGINE | (OF_BODIES if takes_body else {})
    assert answers == {status: {code} for status, code in expected.items()}
    assert list(answers) == sorted(answers)


def test_refusals_of_the_call_are_documented_beside_them() -> None:
    examples: dict[str, Refusal] = {
        "empty": NoteRefused(HTTPStatus.BAD_REQUEST, "empty"),
        "tooMany": NoteRefused(HTTPStatus.TOO_MANY_REQUESTS, "too_many"),
    }
    answers = {answer.status: answer for answer in FORM.answers(examples, takes_body=True)}
    assert bodies(answers[HTTPStatus.BAD_REQUEST]) == {"empty", "unreadable"}
    assert bodies(answers[HTTPStatus.TOO_MANY_REQUESTS]) == {"too_many"}
    assert "Retry-After" in answers[HTTPStatus.TOO_MANY_REQUESTS].headers


def test_a_system_may_describe_a_status_in_its_own_words() -> None:
    meant = {answer.status: answer.description for answer in FORM.answers({}, takes_body=False)}
    assert meant[HTTPStatus.UNAUTHORIZED] == "Nobody knows you."
    assert meant[HTTPStatus.INTERNAL_SERVER_ERROR]
