"""Every folder of rules/: its parts, and whether the rule finds what its examples say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import policylint.edit.format
from policylint.errors import FileError
from policylint.lint import suppress
from policylint.lint.predicates import PREDICATES
from policylint.project.load import unreadable
from policylint.schema import explain
from policylint.syntax import parse
from tests.rules.harness import Example, folders, project_of, rules, source_of, store
from tests.rules.test_fixes_page import documented
from tests.texts import shared

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.diagnostic import Diagnostic
    from policylint.lint.rule import Rule

FIXES = documented()
SECTIONS = ["What it finds", "Why it matters", "How to fix", "Sources"]
BY_ID = {rule.id: rule for rule in rules()}
EXAMPLES = [
    (folder.name, kind, path)
    for folder in folders()
    for kind in ("good", "bad")
    for path in sorted((folder / kind).glob("*.yaml"))
]
EXAMPLE_IDS = [f"{name}/{kind}/{path.stem}" for name, kind, path in EXAMPLES]
_OF_THE_USER = re.compile("`[^`]*`")
BUILTIN = "builtin"
"""The group of the rules that stages of policylint find, each in any file."""


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_folder_has_all_its_parts(folder: Path) -> None:
    assert folder.parent.name in shared().packs.groups
    assert folder.name in BY_ID
    names = {path.name for path in folder.iterdir()}
    kinds = {"good", "bad"} if folder.parent.name != BUILTIN else set()
    assert names == {"rule.yaml", "rule.md", *kinds}
    for kind in kinds:
        policies = {path.stem for path in (folder / kind).glob("*.yaml")}
        live = {path.name.removesuffix(".live.json") for path in (folder / kind).glob("*.live.json")}
        assert policies, f"no {kind} example"
        locks = {path.stem for path in (folder / kind).glob("*.lock")}
        assert live | locks <= policies, "live state or a lock of no example"


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_the_page_has_its_sections(folder: Path) -> None:
    text = (folder / "rule.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {folder.name}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    sections = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    assert all(len(section.strip()) > 20 for section in sections)
    assert re.search(r"https://|http://", sections[3]), "no public source"
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_reads_as_findings_do(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+" if rule.group != BUILTIN else r"[a-z]+", rule.id)
    assert rule.title[:1].isupper() or rule.title[:1] == "`"
    assert not rule.title.endswith(".")
    for text in (rule.message, rule.help):
        assert "\n" not in text
        assert not text.rstrip().endswith(".")
        assert not text[:1].isupper(), "lower-case start"


@pytest.mark.parametrize(("name", "kind", "path"), EXAMPLES, ids=EXAMPLE_IDS)
def test_an_example_finds_exactly_its_marked_lines(name: str, kind: str, path: Path) -> None:
    example, rule = Example(path), BY_ID[name]
    lint = example.lint(rule)
    others = [str(found) for found in lint.diagnostics if found.rule in {"syntax", "schema"}]
    assert others == [], "an example is a valid policy"
    assert example.expected == lint.lines(name)
    assert bool(example.expected) == (kind == "bad")


@pytest.mark.parametrize(("name", "kind", "path"), EXAMPLES, ids=EXAMPLE_IDS)
def test_messages_are_one_calm_line(name: str, kind: str, path: Path) -> None:
    for found in Example(path).lint(BY_ID[name]).of(name):
        for text in (found.message, found.help or "", *(label.message for label in found.related)):
            assert "\n" not in text
            assert not text.endswith(".")
            assert "{" not in _OF_THE_USER.sub("", text)
        assert not found.message[0].isupper()
        assert found.help
        assert found.fix is None or found.fix.safe in FIXES[name], "docs/fixes.md does not say that it is fixed so"


def test_every_id_that_a_stage_reports_has_a_folder() -> None:
    """No predicate finds what these rules are about, so they can be neither switched off nor ignored."""
    stages = {
        parse.RULE,
        explain.RULE,
        suppress.RULE,
        policylint.edit.format.RULE,
        unreadable("a.yaml", FileError("gone")).rule,
    }
    carried = {
        rule
        for kind in store().object_types.values()
        for setting in kind.settings.values()
        for rule in setting.schema["exchange"].get("rules", {}).values()
    }
    assert stages == {rule.id for rule in rules() if rule.group == BUILTIN}
    assert stages | carried == {rule.id for rule in rules() if rule.predicate is None}
    assert all(BY_ID[name].mandatory for name in stages | carried)


def test_every_predicate_is_used_by_a_rule() -> None:
    used = {rule.predicate.name for rule in rules() if rule.predicate is not None}
    assert set(PREDICATES) == used


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_predicate_says_whether_it_finds_anything_without_a_snapshot(folder: Path) -> None:
    """`lint` counts the rules that it skips where the snapshot is not there."""
    predicate = BY_ID[folder.name].predicate
    if predicate is None or not any(folder.glob("bad/*.live.json")):
        assert predicate is None or not predicate.needs_snapshot
        return
    found = [each for path in folder.glob("bad/*.yaml") for each in without_live(path) if each.rule == folder.name]
    assert predicate.needs_snapshot is (found == [])


def without_live(path: Path) -> tuple[Diagnostic, ...]:
    """Return what is found in an example that is not given its live state."""
    source = source_of(path)
    given = re.search(r"^# policylint\.yaml: (.+)$", source.text, re.MULTILINE)
    return project_of([source], given[1] if given else "{}").lint().diagnostics
