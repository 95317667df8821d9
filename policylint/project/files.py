"""What a project asks of whatever holds its texts: a disk, a revision, the open files of an editor, a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from policylint.model.policy_files import PolicyFiles
    from policylint.source import Source


class Files(Protocol):
    """The files of one project, each known by its path as people are shown it.

    Every method raises FileError where something cannot be read.
    """

    @property
    def config(self) -> str | None:
        """Return the path of policylint.yaml, None where there is none."""

    def policies(self, patterns: Sequence[str]) -> PolicyFiles:
        """Return the policy files that the patterns match and those that were named."""

    def beside(self, path: str) -> str:
        """Return the path of a file or folder that policylint.yaml names."""

    def read(self, path: str) -> Source:
        """Return the text of a file."""

    def has(self, path: str) -> bool:
        """Return whether there is a file of a path."""

    def is_stream(self, path: str) -> bool:
        """Return whether what is read under a path is there once, as standard input is."""

    def members(self, path: str) -> tuple[str, ...] | None:
        """Return the paths of the files of a folder, not of folders in it, sorted; None where it is no folder."""

    def pieces(self, path: str) -> AbstractContextManager[Iterable[bytes]]:
        """Return the bytes of a snapshot in pieces of any size, to be taken while the context lasts."""

    def rules(self, folder: str) -> Sequence[str]:
        """Return the path of each rule.yaml in a folder of groups, sorted; rule.md is beside it."""


class History(Protocol):
    """The earlier versions of the files of a project, where they have any."""

    def at(self, revision: str) -> Files:
        """Return the files as a revision has them. Raises PolicylintError where there is no such revision."""

    def commit(self, revision: str = "HEAD") -> str | None:
        """Return the commit of a revision, None where there is none."""

    @property
    def branch_point(self) -> tuple[str, str] | None:
        """Return the main branch, and the commit at which the current one left it; None where that is not known."""

    def common(self, revision: str) -> str | None:
        """Return the last commit that the current one and a revision have in common, None where it is not known."""

    @property
    def is_modified(self) -> bool:
        """Return whether a file that was read differs from the current commit."""

    def not_checked_out(self) -> Sequence[str]:
        """Return the policy files that the history has and that are not on disk on purpose."""


class Data(Protocol):
    """What comes with policylint: schemas, the catalog of devices, lint rules."""

    def read_schema(self, name: str) -> str:
        """Return the text of a file by its path below `schemas/`."""

    def rule_index(self) -> Sequence[Mapping[str, Any]]:
        """Return the rules as plain data where a build read them; empty where their texts are to be read."""

    def rules_path(self) -> str:
        """Return the path of the folder of the rules."""

    def rule_paths(self) -> Sequence[str]:
        """Return the path of each rule.yaml, sorted; rule.md is beside it."""

    def read_rule(self, path: str) -> Source:
        """Return the text of a file of a rule."""

    def read_packs(self) -> Source:
        """Return the text that says what packs and groups of rules are for."""
