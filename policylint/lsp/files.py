"""The files of a project, with the texts that an editor shows in the place of those on disk. Nothing is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.adapters.disk import DiskFiles
from policylint.errors import FileError
from policylint.source import Source

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from policylint.model.policy_files import PolicyFiles


class OpenDiskFiles(DiskFiles):
    """The files of the project of a policylint.yaml; `texts` are those of open documents, by their real path."""

    def __init__(self, config: Path, texts: Mapping[str, str]) -> None:
        super().__init__(config=config)
        self._open_texts = texts

    def read(self, path: str) -> Source:
        """Return the text of a file, as the editor shows it where it is open there. Raises FileError."""
        text = self._open_texts.get(self.real(path))
        return Source(path, text) if text is not None else super().read(path)

    def policies(self, patterns: Sequence[str]) -> PolicyFiles:
        """Return the policy files that patterns match, with those that the editor has not saved yet."""
        found = super().policies(patterns)
        new = [
            self.named(Path(path))
            for path in self._open_texts
            if not os.path.lexists(path) and self.is_policy(path, patterns)
        ]
        return found._replace(paths=tuple(sorted({*found.paths, *new}))) if new else found

    def real(self, path: str) -> str:
        """Return where a file really is."""
        return os.path.realpath(self.place(path))

    def place(self, path: str) -> Path:
        """Return where a file is that people are shown under a path, by its own name where it is a link."""
        place = self._place(path)
        root = getattr(place.tree, "root", None)
        return Path(root) / place.path if root is not None else Path(os.path.abspath(place.path))  # noqa: PTH100

    def stamp(self, path: str) -> Hashable:
        """Return what changes when a file does, or one of a folder."""
        try:
            members = self.members(path)
        except FileError:
            members = None
        return tuple(map(self._stamp, members)) if members is not None else self._stamp(path)

    def _stamp(self, path: str) -> Hashable:
        try:
            found = self.place(path).stat()
        except OSError:
            return (path, None)
        return (path, found.st_mtime_ns, found.st_size, found.st_ino)
