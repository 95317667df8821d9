"""A project whose files are a dictionary of texts."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from policylint.adapters import resources
from policylint.edit.apply import apply_edits
from policylint.errors import FileError
from policylint.model.policy_files import PolicyFiles
from policylint.project.project import Project
from policylint.project.resources import Resources
from policylint.source import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.edit.apply import FileEdits

CONFIG = "policylint.yaml"
LIVE = "live.json"
RULES = "lint/"
"""The folder of the project's own rules."""
TODAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@cache
def shared() -> Resources:
    """Return the schemas, rules and catalog that come with policylint, read once."""
    return Resources(resources)


@cache
def output_schema(name: str) -> Draft202012Validator:
    """Return what checks the JSON output of a command, made once."""
    return Draft202012Validator(json.loads(resources.read_schema(f"output/{name}-v1.schema.json")))


def new_texts(edits: Iterable[FileEdits]) -> dict[str, str]:
    """Return the texts of files after edits, none of which is refused, by their paths."""
    texts = {}
    for each in edits:
        text, refusals = apply_edits(each, shared().policy_schema)
        assert text is not None, refusals
        texts[each.file.source.path] = text
    return texts


class TextFiles:
    """The files of a project, by path: policylint.yaml, policy files, a snapshot."""

    def __init__(self, texts: Mapping[str, str | bytes]) -> None:
        self._texts = texts

    @property
    def config(self) -> str | None:
        return CONFIG if CONFIG in self._texts else None

    def policies(self, _patterns: Sequence[str]) -> PolicyFiles:
        texts = (path for path in self._texts if path.endswith(".yaml") and path != CONFIG)
        return PolicyFiles(tuple(sorted(path for path in texts if not path.startswith(RULES))))

    def beside(self, path: str) -> str:
        return path

    def read(self, path: str) -> Source:
        text = self._texts.get(path)
        if text is None:
            raise FileError("no such file", path=path)
        return Source(path, text if isinstance(text, str) else text.decode())

    def has(self, path: str) -> bool:
        return path in self._texts

    def is_stream(self, _path: str) -> bool:
        return False

    def members(self, path: str) -> tuple[str, ...] | None:
        inside = sorted(each for each in self._texts if each.startswith(f"{path}/"))
        return tuple(each for each in inside if "/" not in each.removeprefix(f"{path}/")) if inside else None

    @contextmanager
    def pieces(self, path: str) -> Iterator[Iterable[bytes]]:
        text = self._texts.get(path)
        if text is None:
            raise FileError("no such file", path=path)
        yield [text.encode() if isinstance(text, str) else text]

    def rules(self, folder: str) -> list[str]:
        return sorted(path for path in self._texts if path.startswith(f"{folder}/") and path.endswith("/rule.yaml"))


def project(texts: Mapping[str, str | bytes], *, allow_incomplete: Collection[str] = ()) -> Project:
    """Return the project of some texts; `live.json` is its snapshot where there is one."""
    snapshot = (LIVE,) if LIVE in texts else ()
    files = TextFiles(texts)
    return Project(files, shared(), now=lambda: TODAY, snapshot=snapshot, allow_incomplete=allow_incomplete)
