"""A draft: a record in preparation, with its owner, its contents and its lifetime."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assembly_service.domain.exact_json import Value

Part = Mapping[str, Value]
"""A part of a draft's contents, stored and replaced as a whole."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The user who created a draft, and the organisation it was created for; empty for none."""

    user_id: str
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One commit holds the draft until `until`, or until another call takes over after that.

    Everything that the commit will write is fixed in the lease: every attempt, and whoever takes
    over, writes the same bytes under the same `token`.
    """

    token: str
    until: int
    record: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CallCount:
    """How many calls of a draft were counted in a minute, counted from 1970."""

    minute: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Times are milliseconds since 1970. `state` is one of the system's.

    `reference` names the draft in events and logs. It is the id, unless knowing the id is enough
    to use the draft; then `owner` is None. `errors` say why the last commit failed, until the next
    change. For `gone_window` milliseconds after its end a draft is reported as expired; after that
    it is unknown.

    `version` grows by one with every write, so a condition on it covers everything here. A
    committed draft has a `result` and no parts; `purge_at` ends the replay of the result.

    `apart` names the parts that are stored in a row of their own, so that other changes do not
    write them again, with the version in which each was last replaced. No keys can be merged into
    them, and the end of such a draft must not move.

    `merged_since` is the last version written as a whole, if keys were merged into it since.
    `counted` are the calls that count towards a limit.
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
    apart: Mapping[str, int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    lease: Lease | None = None
    result: Mapping[str, Value] | None = None
    purge_at: int | None = None
    expiry_noted: bool = False
    gone_window: int = 0
    merged_since: int | None = None
    counted: CallCount | None = None

    def is_held(self, now: int) -> bool:
        """Whether a commit holds the draft."""
        return self.result is None and self.lease is not None and now < self.lease.until

    def is_visible(self, now: int) -> bool:
        """Whether readers still see it, even if the store still has it.

        A commit that is running when the lifetime ends is completed. A result that no caller got,
        because the process died, is kept for as long as the draft would have lived. An expiry that
        was noted holds on every instance, even where the clock is behind.
        """
        if self.expiry_noted:
            return False
        if self.purge_at is not None:
            return now < self.purge_at
        return now < max(self.expires_at, self.lease.until if self.lease else 0)

    def is_known_as_expired(self, now: int) -> bool:
        """Whether it ended without a commit, and its gone window is not over."""
        return (
            self.result is None
            and not self.is_visible(now)
            and now < self.expires_at + self.gone_window
        )

    @property
    def has_failed(self) -> bool:
        """Whether the last change was a commit that gave up."""
        return self.result is None and self.lease is None and bool(self.errors)

    @property
    def named_owner(self) -> Owner:
        """Return the owner, in a system whose drafts all have one. Raises ValueError if not."""
        if self.owner is None:
            raise ValueError("a draft without an owner")
        return self.owner

    @property
    def commit_lease(self) -> Lease:
        """The lease of its commit. Raises ValueError if no commit has held it."""
        if self.lease is None:
            raise ValueError("a draft without a lease: no commit has held it")
        return self.lease

    def expires_unnoticed(self, now: int) -> bool:
        """Whether it ended without a commit, and that is not noted yet."""
        return self.result is None and not self.expiry_noted and not self.is_visible(now)
