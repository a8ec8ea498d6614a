"""Hooks around the calls of an AWS client."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

Answer = dict[str, Any]


def before_call(client: Any, method: str, happens: Callable[[], object]) -> None:
    """Run a hook before every call of the method."""
    call = getattr(client, method)

    async def hooked(**parameters: Any) -> Answer:
        await _happen(happens())
        answer: Answer = await call(**parameters)
        return answer

    setattr(client, method, hooked)


def after_call(client: Any, method: str, happens: Callable[[Answer], object]) -> None:
    """Run a hook after every successful call of the method."""
    call = getattr(client, method)

    async def hooked(**parameters: Any) -> Answer:
        answer: Answer = await call(**parameters)
        await _happen(happens(answer))
        return answer

    setattr(client, method, hooked)


def fail_next(client: Any, method: str, *, times: int = 1, carried_out: bool = False) -> None:
    """Let the next calls of the method time out, before or after being carried out."""
    failures = [TimeoutError() for _ in range(times)]

    def fail(*_: object) -> None:
        if failures:
            raise failures.pop()

    if carried_out:
        after_call(client, method, fail)
    else:
        before_call(client, method, fail)


async def _happen(result: object) -> None:
    if isawaitable(result):
        await result
