"""Runs lint rules over policy texts: parse, validate, bind, lay over a snapshot, check.

An example is a policy file. Comments in it say what else there is and what must be found:
`# policylint.yaml: {edition: exchange-2019}` gives the configuration, `# expect: rule-id` marks a line.
A sibling `<name>.live.json` holds live state in short, which is sealed here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policylint.adapters.resources import read_schema, rules_folder
from policylint.bind.config import bind_config
from policylint.bind.policy import PolicyFile, bind_policy
from policylint.bind.snapshot import bind_snapshot
from policylint.desired.overlay import overlay
from policylint.devices.catalog import read_catalog
from policylint.lint.check import active_rules, check
from policylint.lint.load import load_rules
from policylint.lint.rule import Context
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import CONFIG, POLICY, SchemaStore
from policylint.schema.validate import validate
from policylint.source import Source
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse
from tests.tools.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.lint.rule import Rule
    from policylint.model.config import Config
    from policylint.model.device import DeviceClass
    from policylint.model.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 23)

_EXPECT = re.compile(r"#.*?\bexpect: ([a-z0-9-]+(?:, [a-z0-9-]+)*)")
_CONFIG = re.compile(r"^# policylint\.yaml: (.+)$", re.MULTILINE)


@cache
def store() -> SchemaStore:
    return SchemaStore(read_schema)


@cache
def catalog() -> tuple[DeviceClass, ...]:
    return read_catalog(read_schema("data/device-catalog.json"))


def folders() -> tuple[Path, ...]:
    return tuple(sorted(path.parent for path in rules_folder().glob("*/*/rule.yaml")))


@cache
def rules() -> tuple[Rule, ...]:
    sources = [(path.parent.name, source_of(path / "rule.yaml")) for path in folders()]
    return load_rules(sources, store())


def source_of(path: Path) -> Source:
    return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def config(text: str = "{}") -> Config:
    source = Source("policylint.yaml", text.replace("{", "{version: 1, ", 1) if text != "{}" else "{version: 1}")
    node, problems = parse(source)
    assert not problems, problems
    assert isinstance(node, MappingNode)
    value, problems = validate(CompiledSchema(store(), CONFIG), source, node)
    assert not problems, problems
    return bind_config(value, source.path, None, store())


def snapshot(live: dict[str, Any] | bytes | None) -> Snapshot | None:
    if live is None:
        return None
    data = live if isinstance(live, bytes) else sealed(live)
    return bind_snapshot(data.splitlines(keepends=True), "live.json", store())


def sealed(live: dict[str, Any]) -> bytes:
    """Return a sealed snapshot of live state in short: what every export has is filled in."""
    header: dict[str, str | bool] = {
        "tool": "0.1.0",
        "edition": "exchange-online",
        "takenAt": "2026-11-23T06:00:00Z",
        "redacted": False,
    }
    rules = [
        {"Identity": f"{rule['QueryString']} ({rule['Characteristic']})", **rule}
        for rule in live.get("deviceAccessRules", ())
    ]
    policies = [{"Identity": policy["Name"], **policy} for policy in live.get("mobileDeviceMailboxPolicies", ())]
    mailboxes = [
        {"Identity": mailbox["PrimarySmtpAddress"].split("@")[0], **mailbox} for mailbox in live.get("mailboxes", ())
    ]
    return seal(
        {**header, **live.get("header", {})},
        {"Identity": "Mobile Mailbox Settings", **live.get("organization", {})},
        rules,
        policies,
        mailboxes,
        list(live.get("devices", ())),
    )


@dataclass(frozen=True, slots=True)
class Lint:
    """The findings of a run, those of the schema among them."""

    diagnostics: tuple[Diagnostic, ...]

    def lines(self, *ids: str) -> list[tuple[str, int]]:
        """Return rule and line of the findings of some rules, of all where none is named, sorted."""
        return sorted((found.rule, found.span.begin.line) for found in self.diagnostics if not ids or found.rule in ids)

    def of(self, rule: str) -> tuple[Diagnostic, ...]:
        return tuple(found for found in self.diagnostics if found.rule == rule)


def context(
    sources: Iterable[Source],
    settings: Config,
    live: Snapshot | None = None,
    known: Sequence[DeviceClass] | None = None,
) -> tuple[Context, tuple[Diagnostic, ...]]:
    files: list[PolicyFile] = []
    found: list[Diagnostic] = []
    schema = CompiledSchema(store(), POLICY)
    for source in sources:
        node, problems = parse(source)
        found.extend(problems)
        if isinstance(node, MappingNode):
            value, problems = validate(schema, source, node)
            found.extend(problems)
            files.append(PolicyFile(source, node, value))
    policy = bind_policy(files, store())
    state = live.state if live is not None else None
    rows = catalog() if known is None else known
    made = Context(
        policy=policy,
        desired=overlay(policy.state, state, settings.manage, store()).state,
        snapshot=live,
        config=settings,
        store=store(),
        catalog=lambda: rows,
        today=TODAY,
        cache={},
    )
    return made, tuple(found)


def lint(
    text: str | Sequence[Source],
    live: dict[str, Any] | bytes | None = None,
    settings: str = "{}",
    only: Sequence[Rule] | None = None,
    known: Sequence[DeviceClass] | None = None,
) -> Lint:
    """Return what the active rules, or only some, and the schema find."""
    sources = [Source("policy.yaml", text)] if isinstance(text, str) else text
    chosen = config(settings)
    made, found = context(sources, chosen, snapshot(live), known)
    active = active_rules(rules() if only is None else only, chosen)
    return Lint((*found, *check(active, made)))


@dataclass(frozen=True, slots=True)
class Example:
    """A policy file of a rule's folder with what belongs to it."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def settings(self) -> str:
        found = _CONFIG.search(self.text)
        return found[1] if found else "{}"

    @property
    def live(self) -> dict[str, Any] | None:
        path = self.path.with_suffix(".live.json")
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    @property
    def expected(self) -> list[tuple[str, int]]:
        return sorted(
            (rule, number)
            for number, line in enumerate(self.text.splitlines(), start=1)
            for match in _EXPECT.finditer(line)
            for rule in match[1].split(", ")
        )

    def lint(self, rule: Rule) -> Lint:
        """Return what one rule and the schema find, the rule's packs and edition being chosen."""
        text = self.settings
        if rule.editions and "edition" not in text:
            text = _with(text, f"edition: {rule.editions[0]}")
        if not set(rule.packs) & {"recommended"}:
            text = _with(text, f"packs: [{', '.join(rule.packs)}]")
        return lint([source_of(self.path)], self.live, text, [rule])


def _with(settings: str, more: str) -> str:
    return "{" + more + ("}" if settings == "{}" else f", {settings[1:]}")
