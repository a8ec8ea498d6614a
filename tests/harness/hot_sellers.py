"""Ways in which some of ten sellers are throttled.

The tests try them at scaled times, the bench at full time.
"""

from dataclasses import dataclass
from enum import Enum

from tests.harness.throttling import Rule, WholeCalls

_SELLERS = 10


class What(Enum):
    """What is throttled of a hot seller."""

    PRODUCTS = "writes of its products"
    READS = "reads"
    STAGING = "writes of its staged halves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`hot` of the sellers are throttled while all of them send.

    `waiting` products of each hot seller come before those of the others; `share` of everything
    that comes with those of the others is the hot sellers' too.
    """

    name: str
    hot: int = 1
    waiting: int = 40
    share: float = 0.0
    what: What = What.PRODUCTS
    whole_calls: WholeCalls = WholeCalls.NEVER

    @property
    def hot_sellers(self) -> list[str]:
        """The handles of the throttled sellers."""
        return [f"hot-{number}" for number in range(self.hot)]

    @property
    def other_sellers(self) -> list[str]:
        """The handles of all others."""
        return [f"cold-{number}" for number in range(_SELLERS - self.hot)]

    def rule(self, *, products: str, staging: str) -> Rule:
        """What the proxy throttles, given the names of the tables."""
        written = {What.PRODUCTS: products, What.STAGING: staging}
        return Rule(
            sellers=frozenset(self.hot_sellers),
            writes_to=frozenset({written[self.what]} if self.what in written else ()),
            reads=self.what is What.READS,
            whole_calls=self.whole_calls,
        )


FORTY_WAITING = Scenario(name="40 products of one seller wait")
READS = Scenario(name="one seller's reads are throttled", what=What.READS)
SCENARIOS = (
    FORTY_WAITING,
    Scenario(name="400 products of one seller wait", waiting=400),
    Scenario(name="90 % of all traffic is one seller's", share=0.9),
    Scenario(name="two of ten sellers are throttled", hot=2),
    READS,
    Scenario(name="one seller's halves cannot be staged", what=What.STAGING),
)
WHOLE_CALLS = (
    Scenario(name="calls for one seller alone fail whole", whole_calls=WholeCalls.IF_ALL),
    Scenario(name="calls that name one seller fail whole", whole_calls=WholeCalls.IF_ANY),
    Scenario(
        name="reads that name one seller fail whole",
        what=What.READS,
        whole_calls=WholeCalls.IF_ANY,
    ),
)
