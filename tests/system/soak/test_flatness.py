"""A soak fails when something grows, and only then."""

import random

import pytest

from tests.system.soak.flatness import MOST_LEFT, MOST_RISE, Course, Latency, later
from tests.system.soak.samples import Sample


def course(*, rises: float = 0.0, left: dict[str, int] | None = None) -> Course:
    """Twenty minutes of noisy memory that rises by so many MiB."""
    chance = random.Random(1)

    def sample(at: float, **changes: int) -> Sample:
        memory = 60 + rises * at / 1_200 + chance.uniform(-1, 1)
        usual = {"descriptors": 40, "tasks": 12} | changes
        return Sample(at=at, memory=memory, lag=0.5, **usual)

    return Course(
        name="worker",
        before=sample(0),
        after=sample(1_200, **(left or {})),
        samples=[sample(at, descriptors=70) for at in range(0, 1_201, 2)],
    )


def test_noise_is_flat() -> None:
    assert course().check() == []


def test_memory_that_rises_is_told() -> None:
    assert course(rises=MOST_RISE - 1).check() == []
    [sentence] = course(rises=MOST_RISE + 1).check()
    assert sentence.startswith("The memory of the worker rose by 5.")


@pytest.mark.parametrize(("name", "usual"), [("descriptors", 40), ("tasks", 12)])
def test_what_stays_after_all_clients_left_is_told(name: str, usual: int) -> None:
    most = usual + MOST_LEFT[name]
    assert course(left={name: most}).check() == []
    assert course(left={name: most + 1}).check() == [
        f"The worker has {most + 1} {name} without clients, {usual} before."
    ]


def test_products_that_take_longer_and_longer_are_told() -> None:
    steady = [Latency(at, 20, 90) for at in range(0, 1_200, 10)]
    assert later(steady) == []
    slower = [Latency(each.at, each.at, 90) for each in steady]
    assert later(slower) == ["Products took longer: 195 ms, then 995 ms (median)."]
