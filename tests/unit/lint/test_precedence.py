"""The order of precedence that docs/lint.md has: how severe a finding is, and what holds it back."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policylint.lint.select import Selection, selection
from policylint.project.base import Base, lint_chosen
from policylint.project.project import Project
from tests.sealed import HEADER, seal
from tests.texts import CONFIG, LIVE, TODAY, TextFiles, shared
from tests.unit.lint.test_meant import LIVE as DEVICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.lint.run import LintResult

OPEN, SHORT, CERTAIN = "default-level-allow", "cis-password-short", "access-rule-matches-nothing"
POLICY = """\
organization: {DefaultAccessLevel: Allow}
deviceAccessRules:
  - {Characteristic: DeviceOS, QueryString: iOS, AccessLevel: Quarantine}
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: true, PasswordEnabled: true, MinPasswordLength: null}
"""
PATH = "policy/a.yaml"


class Versions(TextFiles):
    """The files of a project that has one earlier version, `main`."""

    def __init__(self, texts: Mapping[str, str | bytes], before: Mapping[str, str]) -> None:
        super().__init__(texts)
        self._before = before

    def inside(self, path: str) -> str | None:
        return path

    def shown(self, path: str) -> str:
        return path

    def at(self, _revision: str) -> Versions:
        return Versions(self._before, {})

    def commit(self, revision: str = "HEAD") -> str | None:
        return revision

    def common(self, revision: str) -> str | None:
        return revision


def lint(
    texts: Mapping[str, str | bytes],
    picked: Selection | None = None,
    env: str | None = None,
    before: Mapping[str, str] | None = None,
    changed: bool | None = None,
) -> LintResult:
    """Return what is found in files, by a selection, in an environment, against an earlier version."""
    files = Versions(texts, before or {})
    snapshot = (LIVE,) if LIVE in texts else ()
    project = Project(files, shared(), now=lambda: TODAY, environment=env, snapshot=snapshot)
    base = Base("main", "main") if before is not None else None
    differs = (lambda _path: changed) if changed is not None else None
    return lint_chosen(project, picked or Selection(), base, files, differs).result


def severity_of(rule: str, config: str, env: str | None, *options: tuple[str, str]) -> str | None:
    """Return the severity of what a rule finds, None where it finds nothing or that is left out."""
    texts: dict[str, str | bytes] = {CONFIG: f"version: 1\n{config}\n", PATH: POLICY}
    if rule == CERTAIN:
        texts[LIVE] = seal(header=HEADER, **DEVICES)
    files = TextFiles(texts)
    settings = Project(files, shared(), now=lambda: TODAY, environment=env).config
    given = dict(options)
    select, ignore = ([given[name]] if name in given else [] for name in ("select", "ignore"))
    picked = selection(select, ignore, given.get("least"), shared().rules, settings.not_ignorable)
    found = {each.rule: str(each.severity) for each in lint(texts, picked, env).diagnostics}
    return found.get(rule)


def of(rule: str, severity: str) -> str:
    return f"severity: {{{rule}: {severity}}}"


def in_lab(settings: str) -> str:
    return f"environments: {{lab: {{{settings}}}}}"


SEVERITIES = [
    ("rule", OPEN, "", None, (), "warning"),
    ("certain-over-rule", CERTAIN, "", None, (), "error"),
    ("packs-over-rule", SHORT, "", None, (), None),
    ("severity-over-rule", OPEN, of(OPEN, "info"), None, (), "info"),
    ("severity-over-certain", CERTAIN, of(CERTAIN, "info"), None, (), "info"),
    ("severity-over-packs", SHORT, of(SHORT, "info"), None, (), "info"),
    ("off-over-packs", OPEN, of(OPEN, "off"), None, (), None),
    ("environment-over-rule", OPEN, in_lab(of(OPEN, "info")), "lab", (), "info"),
    ("environment-over-certain", CERTAIN, in_lab(of(CERTAIN, "info")), "lab", (), "info"),
    ("environment-over-packs", OPEN, in_lab("packs: [notes]"), "lab", (), None),
    ("environment-over-severity", OPEN, f"{of(OPEN, 'off')}\n{in_lab(of(OPEN, 'error'))}", "lab", (), "error"),
    ("severity-over-its-packs", OPEN, f"{of(OPEN, 'info')}\n{in_lab('packs: [notes]')}", "lab", (), "info"),
    ("not-ignorable-over-packs", SHORT, f"not-ignorable: [{SHORT}]", None, (), "warning"),
    ("severity-with-not-ignorable", OPEN, f"not-ignorable: [{OPEN}]\n{of(OPEN, 'info')}", None, (), "info"),
    ("select-over-packs", SHORT, "", None, (("select", SHORT),), "warning"),
    ("select-over-off", OPEN, of(OPEN, "off"), None, (("select", OPEN),), "warning"),
    ("select-over-environment", OPEN, in_lab(of(OPEN, "off")), "lab", (("select", OPEN),), "warning"),
    ("severity-with-select", OPEN, of(OPEN, "error"), None, (("select", OPEN),), "error"),
    ("certain-with-select", CERTAIN, "", None, (("select", CERTAIN),), "error"),
    ("ignore-over-select", OPEN, "", None, (("select", OPEN), ("ignore", OPEN)), None),
    ("ignore-over-severity", OPEN, of(OPEN, "error"), None, (("ignore", OPEN),), None),
    ("ignore-over-certain", CERTAIN, "", None, (("ignore", CERTAIN),), None),
    ("least-over-select", OPEN, "", None, (("select", OPEN), ("least", "error")), None),
    ("least-over-rule", OPEN, "", None, (("least", "error"),), None),
    ("least-asks-for-severity", OPEN, of(OPEN, "error"), None, (("least", "error"),), "error"),
    ("least-asks-for-environment", OPEN, in_lab(of(OPEN, "error")), "lab", (("least", "error"),), "error"),
    ("least-asks-for-certain", CERTAIN, "", None, (("least", "error"),), "error"),
    ("not-ignorable-over-select", OPEN, f"not-ignorable: [{OPEN}]", None, (("select", CERTAIN),), "warning"),
    ("not-ignorable-over-ignore", OPEN, f"not-ignorable: [{OPEN}]", None, (("ignore", OPEN),), "warning"),
    ("not-ignorable-over-least", OPEN, f"not-ignorable: [{OPEN}]", None, (("least", "error"),), "warning"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "config", "env", "options", "expected"),
    [case[1:] for case in SEVERITIES],
    ids=[case[0] for case in SEVERITIES],
)
def test_how_severe_a_finding_is(
    rule: str, config: str, env: str | None, options: tuple[tuple[str, str], ...], expected: str | None
) -> None:
    assert expected == severity_of(rule, config, env, *options)


HOLDERS = ("suppressed", "known", "unselected", "earlier", "unchanged")
"""What holds a finding back, the first first; what does not differ is counted with what is not selected."""


@pytest.mark.parametrize("active", [*((each,) for each in HOLDERS), *combinations(HOLDERS, 2), HOLDERS], ids="+".join)
def test_the_first_that_can_holds_a_finding_back(active: tuple[str, ...]) -> None:
    """Each of the pairs: where two could hold a finding back, it is counted once, by the first."""
    comment = f" # policylint: ignore[{OPEN}] a laboratory" if "suppressed" in active else ""
    texts = {
        CONFIG: "version: 1\nbaseline: known.json\n" if "known" in active else "version: 1\n",
        PATH: f"organization: {{DefaultAccessLevel: Allow}}{comment}\n",
        "known.json": f"version: 1\nfindings: [{{rule: {OPEN}, kind: organization, words: {{value: Allow}}}}]\n",
    }
    before = {CONFIG: "version: 1\n", PATH: "organization: {DefaultAccessLevel: Allow}\n"}
    result = lint(
        texts,
        Selection(ignore=frozenset([OPEN])) if "unselected" in active else None,
        before=before if "earlier" in active else None,
        changed=False if "unchanged" in active else None,
    )
    counts = {name: [each.rule for each in getattr(result, name)].count(OPEN) for name in (*HOLDERS[:4], "diagnostics")}
    expected = active[0].replace("unchanged", "unselected")
    assert {expected: 1} == {name: number for name, number in counts.items() if number}


@pytest.mark.parametrize("holder", ["suppressed", "known"])
def test_what_may_not_be_ignored_is_held_back_by_neither(holder: str) -> None:
    comment = f" # policylint: ignore[{OPEN}] a laboratory" if holder == "suppressed" else ""
    result = lint({
        CONFIG: f"version: 1\nbaseline: known.json\nnot-ignorable: [{OPEN}]\n",
        PATH: f"organization: {{DefaultAccessLevel: Allow}}{comment}\n",
        "known.json": f"version: 1\nfindings: [{{rule: {OPEN}, kind: organization, words: {{value: Allow}}}}]\n",
    })  # fmt: skip
    assert OPEN in [each.rule for each in result.diagnostics]


def test_the_page_has_the_order() -> None:
    page = (Path(__file__).parents[3] / "docs" / "lint.md").read_text(encoding="utf-8")
    table = page.split("## What holds a finding back")[1]
    rows = [line.split("|")[2].strip() for line in table.splitlines() if line.startswith("| ")]
    names = ["an ignore comment", "the baseline", "`--select`, `--ignore`, `--min-severity`", "`--base`", "`--changed`"]
    assert [*names, "PATHS"] == rows[1:7]
