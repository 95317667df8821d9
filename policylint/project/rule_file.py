"""Where a lint rule is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.source import Source


class RuleFile(NamedTuple):
    """The rule.yaml of a rule, and what reads it and what is beside it."""

    path: str
    read: Callable[[str], Source]

    @property
    def group(self) -> str:
        """Return the folder that the rule's own folder is in."""
        return self.path.split("/")[-3]

    @property
    def id(self) -> str:
        """Return the rule's own folder."""
        return self.path.split("/")[-2]

    @property
    def page(self) -> str:
        """Return the text of rule.md."""
        return self.read(f"{self.path.rpartition('/')[0]}/rule.md").text
