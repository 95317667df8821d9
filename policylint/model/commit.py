"""A commit of the history of a project."""

from __future__ import annotations

from policylint.named_tuple import NamedTuple


class Commit(NamedTuple):
    """A commit, those before it, who made it, and on which day, in UTC."""

    name: str
    parents: tuple[str, ...]
    author: str
    day: str
