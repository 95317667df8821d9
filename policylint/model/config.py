"""What policylint.yaml says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.model.entity import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

EDITIONS: Mapping[str, str] = {
    "exchange-online": "Exchange Online",
    "exchange-2013": "Exchange 2013",
    "exchange-2016": "Exchange 2016",
    "exchange-2019": "Exchange 2019",
    "exchange-se": "Exchange SE",
}
"""What each edition of Exchange is called, in the order of the schema of policylint.yaml."""


class Guards(NamedTuple):
    """Limits that a plan may not pass unless somebody acknowledges it; None is no limit."""

    max_newly_denied: int | None
    max_newly_denied_percent: int | None
    max_newly_allowed_percent: int | None
    max_deletes_percent: int | None
    protect: tuple[str, ...]
    snapshot_max_age_hours: int | None


class Config(NamedTuple):
    """The settings of a repository, with defaults filled in. `path` is None where there is no file.

    `origins` is each setting by its dotted name with its value and where it comes from.
    """

    path: str | None
    edition: str
    policies: tuple[str, ...]
    snapshot: str | None
    packs: tuple[str, ...]
    severity: Mapping[str, str]
    custom_rules: tuple[str, ...]
    manage: Mapping[str, str]
    guards: Guards
    precedence: str = "strictest"
    conditional_access: bool = False
    hybrid_modern_auth: bool = False
    origins: Mapping[str, tuple[object, str]] = EMPTY
