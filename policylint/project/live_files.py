"""The files of a project with those of a policy that is not on disk, such as the one that says what is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.policy_files import PolicyFiles
from policylint.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from policylint.project.files import Files


class LiveFiles:
    """The files of a project whose policy is some texts, by their paths; the rest is where it was.

    `config` is the path of policylint.yaml where that is one of the texts too.
    """

    def __init__(self, files: Files, policy: Mapping[str, str], config: tuple[str, str] | None = None) -> None:
        self._files = files
        self._policy = tuple(sorted(policy))
        self._config = config
        self._texts = {**policy, **dict([config] if config is not None else [])}

    @property
    def config(self) -> str | None:
        """Return the path of policylint.yaml, None where there is none."""
        return self._config[0] if self._config is not None else self._files.config

    def policies(self, _patterns: Sequence[str]) -> PolicyFiles:
        """Return the paths of the policy."""
        return PolicyFiles(self._policy)

    def beside(self, path: str) -> str:
        """Return the path of a file or folder that policylint.yaml names."""
        return self._files.beside(path)

    def read(self, path: str) -> Source:
        """Return the text of a file. Raises FileError."""
        return Source(path, self._texts[path]) if path in self._texts else self._files.read(path)

    def has(self, path: str) -> bool:
        """Return whether there is a file of a path."""
        return path in self._texts or self._files.has(path)

    def pieces(self, path: str) -> AbstractContextManager[Iterable[bytes]]:
        """Return the bytes of a snapshot in pieces. Raises FileError."""
        return self._files.pieces(path)

    def is_stream(self, path: str) -> bool:
        """Return whether what is read under a path is there once."""
        return self._files.is_stream(path)

    def members(self, path: str) -> tuple[str, ...] | None:
        """Return the paths of the files in a folder, None where the path is none."""
        return self._files.members(path)

    def rules(self, folder: str) -> Sequence[str]:
        """Return the path of each rule.yaml in a folder of groups, sorted. Raises FileError."""
        return self._files.rules(folder)
