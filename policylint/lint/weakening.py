"""How a branch makes less be found, or less of it be shown, than the revision that it is compared with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.phrases import count, shorten, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.source import Span

SETTING, COMMENT, BASELINE, FILE = "setting", "comment", "baseline", "file"


class Weakening(NamedTuple):
    """One such change. `kind` is that of what changed: a setting of policylint.yaml, a comment, the baseline, a file.

    `name` is the setting, the rule that the comment or the entry of the baseline is about, or the path of a file that
    is no longer read. `before` and `after` are JSON, empty where there is nothing to compare. `span` is the comment,
    None of all else. `times` is how many findings more the baseline may hold, or how many objects of the file are no
    longer declared.
    """

    kind: str
    name: str
    before: str = ""
    after: str = ""
    span: Span | None = None
    reason: str = ""
    times: int = 1

    @property
    def words(self) -> str:
        """Return it in words."""
        if self.kind == BASELINE:
            return f"the baseline holds {count(self.times, 'finding')} of `{show(self.name)}` more"
        if self.kind == FILE:
            gone = f"{count(self.times, 'object')} of it {'is' if self.times == 1 else 'are'} no longer declared"
            return f"`{show(self.name)}` is no longer read, and {gone}"
        if self.kind == COMMENT:
            place = f"{self.span.path}:{self.span.begin.line}: " if self.span is not None else ""
            longer = f", now until {json.loads(self.after) or 'further notice'}" if self.before else ""
            return f"{place}a comment ignores `{show(self.name)}`{longer}: {shorten(self.reason)}"
        if "sha256:" in self.before + self.after:
            word = "gone" if self.after == "null" else "new" if self.before == "null" else "changed"
            return f"`{show(self.name)}` is {word}"
        return f"`{show(self.name)}`: {_shown(self.before)} -> {_shown(self.after)}"


def in_order(found: Iterable[Weakening]) -> tuple[Weakening, ...]:
    """Return the changes by kind: a long list of settings hides no comment."""
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.kind)))


_ORDER = (COMMENT, BASELINE, FILE, SETTING)


def _shown(text: str) -> str:
    """Return a value of JSON as it is said to people."""
    value = json.loads(text)
    return shorten(value if isinstance(value, str) else text)
