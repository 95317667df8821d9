"""The files of a project that are texts in memory, by their paths."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from policylint.errors import FileError
from policylint.model.policy_files import PolicyFiles
from policylint.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

CONFIG = "policylint.yaml"


class TextFiles:
    """The files of a project: policylint.yaml, policy files, a snapshot. `own_rules` is the folder of its own rules."""

    def __init__(self, texts: Mapping[str, str | bytes], own_rules: str | None = "lint/") -> None:
        self._texts = texts
        self._own_rules = own_rules

    @property
    def config(self) -> str | None:
        """Return the path of policylint.yaml, None where there is none."""
        return CONFIG if CONFIG in self._texts else None

    def policies(self, _patterns: Sequence[str]) -> PolicyFiles:
        """Return every file of YAML that is neither policylint.yaml nor a rule of the project."""
        texts = (path for path in self._texts if path.endswith(".yaml") and path != CONFIG)
        return PolicyFiles(tuple(sorted(path for path in texts if not self._is_own_rule(path))))

    def _is_own_rule(self, path: str) -> bool:
        return self._own_rules is not None and path.startswith(self._own_rules)

    def beside(self, path: str) -> str:
        """Return the path of a file or folder that policylint.yaml names."""
        return path

    def read(self, path: str) -> Source:
        """Return the text of a file. Raises FileError."""
        text = self._texts.get(path)
        if text is None:
            raise FileError("no such file", path=path)
        return Source(path, text if isinstance(text, str) else text.decode())

    def has(self, path: str) -> bool:
        """Return whether there is a file of a path."""
        return path in self._texts

    def is_stream(self, _path: str) -> bool:
        """Return False: each text can be read again."""
        return False

    def members(self, path: str) -> tuple[str, ...] | None:
        """Return the paths of the files of a folder, sorted; None where it is no folder."""
        inside = sorted(each for each in self._texts if each.startswith(f"{path}/"))
        return tuple(each for each in inside if "/" not in each.removeprefix(f"{path}/")) if inside else None

    @contextmanager
    def pieces(self, path: str) -> Iterator[Iterable[bytes]]:
        """Return the bytes of a snapshot. Raises FileError."""
        text = self._texts.get(path)
        if text is None:
            raise FileError("no such file", path=path)
        yield [text.encode() if isinstance(text, str) else text]

    def rules(self, folder: str) -> list[str]:
        """Return the path of each rule.yaml in a folder, sorted."""
        return sorted(path for path in self._texts if path.startswith(f"{folder}/") and path.endswith("/rule.yaml"))
