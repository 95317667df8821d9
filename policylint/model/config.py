"""What policylint.yaml says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EDITIONS: Mapping[str, str] = {
    "exchange-online": "Exchange Online",
    "exchange-2013": "Exchange 2013",
    "exchange-2016": "Exchange 2016",
    "exchange-2019": "Exchange 2019",
    "exchange-se": "Exchange SE",
}
"""What each edition of Exchange is called, in the order of the schema of policylint.yaml."""

EXACT, OWNED, ADDITIVE = "exact", "owned", "additive"
"""The modes of a section: what happens to live settings and objects that the policy does not declare."""

OLD_MODES: Mapping[str, str] = {"listed": ADDITIVE}
"""Old names of modes, with the mode that each equals."""


class Management(NamedTuple):
    """What happens to what is live in one section and not declared.

    `exact` removes it, `owned` removes what the policy declared at `since` and no longer does, `additive` keeps it.
    With `additive_lists` a plain list of device IDs says what must be in the list, not what the whole list is.
    `exceptions` are names of mailboxes, or patterns, in which nothing that is not declared is removed or listed.
    `named` says whether policylint.yaml names the section, which then is managed even where no file has it.
    """

    mode: str = ADDITIVE
    additive_lists: bool = False
    exceptions: tuple[str, ...] = ()
    named: bool = False


class Guards(NamedTuple):
    """Limits that a plan may not pass unless somebody acknowledges it; None is no limit.

    Limits in percent refuse no plan that concerns at most `percent_floor` devices, or deletes at most `deletes_floor`
    objects of a kind. With `require_target` the organization must be named.
    """

    max_newly_denied: int | None
    max_newly_denied_percent: int | None
    max_newly_allowed_percent: int | None
    max_newly_disputed: int | None
    max_stricter_policy: int | None
    max_allowed_ids_dropped: int | None
    max_blocked_ids_dropped: int | None
    max_recipients_removed: int | None
    max_recipients_outside: int | None
    max_deletes_percent: int | None
    percent_floor: int
    deletes_floor: int
    protect: tuple[str, ...]
    snapshot_max_age_hours: int | None
    require_target: bool


class Config(NamedTuple):
    """The settings of a repository, with defaults filled in. `path` is None where there is no file.

    `snapshot` are the files and folders that hold live state. `target` is the organization that the policy is for,
    `domains` its mail domains or patterns of them, none where the snapshot is to say them. `manage` is by section.
    `not_ignorable` are rules, by any of their names, whose findings nothing holds back.
    `since` is the revision last applied. `origins` is each setting by its dotted name with its value and where it comes
    from.
    """

    path: str | None
    edition: str
    policies: tuple[str, ...]
    snapshot: tuple[str, ...]
    packs: tuple[str, ...]
    severity: Mapping[str, str]
    custom_rules: tuple[str, ...]
    baseline: str | None
    manage: Mapping[str, Management]
    guards: Guards
    precedence: str = "strictest"
    conditional_access: bool = False
    hybrid_modern_auth: bool = False
    target: str | None = None
    domains: tuple[str, ...] = ()
    since: str | None = None
    not_ignorable: tuple[str, ...] = ()
    origins: Mapping[str, tuple[object, str]] = EMPTY

    @property
    def named_mailboxes(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield each name of mailboxes, or pattern of names, with the keys under which it is."""
        for number, name in enumerate(self.guards.protect):
            yield ("guards", "protect", number), name
        for section, management in self.manage.items():
            for number, name in enumerate(management.exceptions):
                yield ("manage", section, "except", number), name

    def managed(self, section: str) -> Management:
        """Return what happens to what is live in a section and not declared."""
        return self.manage.get(section, Management())
