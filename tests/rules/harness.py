"""Runs lint rules over policy texts and over their examples, as the program does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policylint.adapters.resources import rules_folder
from policylint.lint import examples
from policylint.model.lock import LOCK_NAME
from policylint.project.rule_examples import example_project
from policylint.source import Source
from tests.sealed import HEADER, seal
from tests.texts import CONFIG, LIVE, project, shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.lint.rule import Rule
    from policylint.model.config import Config
    from policylint.model.device import DeviceClass
    from policylint.project.project import Project
    from policylint.schema.store import SchemaStore

ROOT = Path(__file__).resolve().parents[2]


def store() -> SchemaStore:
    return shared().store


def catalog() -> tuple[DeviceClass, ...]:
    return shared().catalog


def folders() -> tuple[Path, ...]:
    return tuple(sorted(path.parent for path in rules_folder().glob("*/*/rule.yaml")))


def rules() -> tuple[Rule, ...]:
    return shared().rules


def source_of(path: Path) -> Source:
    return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def config(text: str = "{}") -> Config:
    return project({CONFIG: _configuration(text)}).config


def _configuration(text: str) -> str:
    return text.replace("{", "{version: 1, ", 1) if text != "{}" else "{version: 1}"


def project_of(
    sources: Iterable[Source],
    settings: str = "{}",
    live: dict[str, Any] | bytes | None = None,
    lock: str | None = None,
) -> Project:
    """Return the project of policy files, settings, live state in short, and a lock."""
    texts: dict[str, str | bytes] = {source.path: source.text for source in sources}
    if live is not None:
        texts[LIVE] = live if isinstance(live, bytes) else seal(**{**live, "header": HEADER | live.get("header", {})})
    if lock is not None:
        texts[LOCK_NAME] = lock
    return project({**texts, CONFIG: _configuration(settings)})


@dataclass(frozen=True, slots=True)
class Lint:
    """The findings of a run, those of the schema among them."""

    diagnostics: tuple[Diagnostic, ...]

    def lines(self, *ids: str) -> list[tuple[str, int]]:
        """Return rule and line of the findings of some rules, of all where none is named, sorted."""
        return sorted((found.rule, found.span.begin.line) for found in self.diagnostics if not ids or found.rule in ids)

    def of(self, rule: str) -> tuple[Diagnostic, ...]:
        return tuple(found for found in self.diagnostics if found.rule == rule)


def lint(
    text: str | Sequence[Source],
    live: dict[str, Any] | bytes | None = None,
    settings: str = "{}",
    only: Sequence[Rule] | None = None,
    lock: str | None = None,
) -> Lint:
    """Return what the active rules, or only some, and the schema find."""
    sources = [Source("policy.yaml", text)] if isinstance(text, str) else text
    return Lint(project_of(sources, settings, live, lock).lint(only).diagnostics)


@dataclass(frozen=True, slots=True)
class Example:
    """A policy file of a rule's folder with what belongs to it, as `policylint rules test` takes it."""

    path: Path

    @property
    def _read(self) -> examples.Example:
        beside = (self.path.with_suffix(suffix) for suffix in (examples.LIVE_SUFFIX, examples.LOCK_SUFFIX))
        live, lock = (each.read_text(encoding="utf-8") if each.exists() else None for each in beside)
        shown = self.path.relative_to(ROOT).as_posix()
        return examples.Example(shown, self.path.parent.name, self.text, live, lock)

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def settings(self) -> str:
        return self._read.settings

    @property
    def live(self) -> dict[str, Any] | None:
        text = self._read.live
        return json.loads(text) if text is not None else None

    @property
    def lock(self) -> str | None:
        return self._read.lock

    @property
    def expected(self) -> list[tuple[str, int]]:
        return sorted((rule, line) for rule, _, line in self._read.expected)

    def settings_for(self, rule: Rule) -> str:
        """Return the configuration in which a rule applies: with its edition, and with its packs."""
        return self._read.settings_for(rule)

    def lint(self, rule: Rule) -> Lint:
        """Return what one rule and the schema find, the rule's packs and edition being chosen."""
        return Lint(example_project(self._read, rule, shared()).lint([rule]).diagnostics)
