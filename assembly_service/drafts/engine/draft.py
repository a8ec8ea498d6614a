"""A record in preparation: whose it is, what was given so far, how long it lives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assembly_service.domain.exact_json import Value

Part = Mapping[str, Value]
"""One thing that a person gave, stored and replaced as a whole."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A draft belongs to the user who made it, in the organisation that they made it for, if any.

    An organisation's name is never empty: empty stands for none.
    """

    user_id: str
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One commit holds the draft until `until`, or until somebody takes over after that.

    Everything that the commit will write is fixed here, when the lease is taken: every attempt,
    and whoever takes over, writes the same to the byte, under the same `token`.
    """

    token: str
    until: int
    record: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CallCount:
    """How many calls of a draft were counted in a minute, which is one since 1970."""

    minute: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Instants are milliseconds since 1970. `state` is a word of its system.

    `reference` names the draft in events and logs. It is the id, unless whoever knows the id may
    use the draft.

    `owner` is None for a draft of whoever knows its id. `errors` say why the last commit failed,
    until the next change. For `gone_window` milliseconds after its end a draft is known to have
    expired; with none it is unknown at once.

    `version` grows by one with every write, so a write on the condition of a version is one on the
    condition of everything here. `result` is there as soon as the draft is committed, and what was
    given is gone then; `purge_at` ends the replay of the result.

    `merged_since` is the version that was last written as a whole, if single keys were merged into
    it since. `counted` are the calls that a limit on them counts.
    """

    id: str
    reference: str
    system: str
    owner: Owner | None
    state: str
    version: int
    created_at: int
    updated_at: int
    expires_at: int
    parts: Mapping[str, Part] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    lease: Lease | None = None
    result: Mapping[str, Value] | None = None
    purge_at: int | None = None
    expiry_noted: bool = False
    gone_window: int = 0
    merged_since: int | None = None
    counted: CallCount | None = None

    def is_held(self, now: int) -> bool:
        """Whether a commit has the draft to itself."""
        return self.result is None and self.lease is not None and now < self.lease.until

    def is_visible(self, now: int) -> bool:
        """Whether readers still see it, whatever the store still holds.

        A commit that runs when the lifetime ends runs to its end. A result of which nobody could
        be told, because the process died, is kept for as long as the draft would have lived. An
        end that was noted is one for everybody, also where the clock is behind.
        """
        if self.expiry_noted:
            return False
        if self.purge_at is not None:
            return now < self.purge_at
        return now < max(self.expires_at, self.lease.until if self.lease else 0)

    def is_known_as_expired(self, now: int) -> bool:
        """Whether it ended without a commit, not longer ago than its window."""
        return (
            self.result is None
            and not self.is_visible(now)
            and now < self.expires_at + self.gone_window
        )

    @property
    def has_failed(self) -> bool:
        """Whether the last that happened to it was a commit that gave up."""
        return self.result is None and self.lease is None and bool(self.errors)

    @property
    def named_owner(self) -> Owner:
        """Whose it is. Raises ValueError if it is nobody's, which a system may rule out."""
        if self.owner is None:
            raise ValueError("a draft without an owner")
        return self.owner

    @property
    def commit_lease(self) -> Lease:
        """The lease of its commit. Raises ValueError if no commit has held it."""
        if self.lease is None:
            raise ValueError("a draft that no commit has held")
        return self.lease

    def expires_unnoticed(self, now: int) -> bool:
        """Whether it ended without a commit and nobody has noted that yet."""
        return self.result is None and not self.expiry_noted and not self.is_visible(now)
