"""The files of a policy, before any of them is read."""

from __future__ import annotations

from policylint.named_tuple import NamedTuple


class PolicyFiles(NamedTuple):
    """The policy files that patterns find, sorted by path.

    `near` are files that a pattern would find if they had the other ending of YAML, `empty` the patterns that find
    nothing. A path that is no plain file, or a folder that cannot be looked into, is among the paths: to read it fails.
    """

    paths: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
