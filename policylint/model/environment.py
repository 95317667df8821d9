"""An environment of policylint.yaml: what tells it from others, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from policylint.errors import PolicylintError

DEFAULT = "default"
"""What the settings outside of `environments` are called."""


class Problem(NamedTuple):
    """Why something cannot be told of an environment, in words: what, where, how to fix it, and which page helps."""

    message: str
    place: str | None
    help: str | None
    url: str | None = None

    @classmethod
    def of(cls, problem: PolicylintError) -> Problem:
        """Return what an exception says."""
        return cls(problem.message, str(problem.span) if problem.span is not None else None, problem.help, problem.url)


class Environment(NamedTuple):
    """What an environment is: its name, None for the settings outside of all, and what tells it from others.

    `is_there` says whether the snapshot is, None without one; `files` is how many policy files it has, None where
    `problem` says why that is not known.
    """

    name: str | None
    edition: str
    target: str | None
    snapshot: tuple[str, ...]
    is_there: bool | None
    policies: tuple[str, ...]
    files: int | None
    problem: Problem | None = None

    @property
    def shown(self) -> str:
        """Return what it is called beside others."""
        return shown(self.name)


def shown(name: str | None) -> str:
    """Return what an environment is called beside others."""
    return name if name is not None else DEFAULT
