"""The examples of a lint rule: policies that say beside them what else there is, and which lines the rule finds.

`# policylint.yaml: {edition: exchange-2019}` gives the configuration, `# expect: rule-id` marks a line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.lint.predicates.steps import STEP
from policylint.named_tuple import NamedTuple
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.lint.rule import Rule

KINDS = ("good", "bad")
"""The folders of examples: those in which the rule finds nothing, and those in which it finds each marked line."""

LIVE_SUFFIX, LOCK_SUFFIX = ".live.json", ".lock"
_EXPECT = regex(r"#.*?\bexpect: ([a-z0-9-]+(?:, [a-z0-9-]+)*)")
_CONFIG = regex(r"^# policylint\.yaml: (.+)$", re.MULTILINE)


class Example(NamedTuple):
    """A policy of a rule's folder, with the live state and the lock beside it. `kind` is one of KINDS."""

    path: str
    kind: str
    text: str
    live: str | None = None
    lock: str | None = None

    @property
    def live_path(self) -> str:
        """Return the path of the live state."""
        return f"{self.path.removesuffix('.yaml')}{LIVE_SUFFIX}"

    @property
    def lock_path(self) -> str:
        """Return the path of the lock."""
        return f"{self.path.removesuffix('.yaml')}{LOCK_SUFFIX}"

    @property
    def settings(self) -> str:
        """Return the configuration that the example gives, a mapping of YAML on one line."""
        found = _CONFIG.search(self.text)
        return found[1] if found else "{}"

    @property
    def settings_line(self) -> int:
        """Return the line of the configuration, the first one where the example gives none."""
        found = _CONFIG.search(self.text)
        return self.text.count("\n", 0, found.start()) + 1 if found else 1

    @property
    def expected(self) -> list[tuple[str, str, int]]:
        """Return the marks: rule, path and line, sorted."""
        return sorted(
            (rule, path, number)
            for path, text in ((self.path, self.text), (self.lock_path, self.lock or ""))
            for number, line in enumerate(text.splitlines(), start=1)
            for match in _EXPECT.finditer(line)
            for rule in match[1].split(", ")
        )

    def settings_for(self, rule: Rule) -> str:
        """Return the configuration in which a rule applies: with its edition and its packs where nothing is said."""
        text = self.settings
        if rule.editions and "edition" not in text:
            text = _with(text, f"edition: {rule.editions[0]}")
        if "recommended" not in rule.packs:
            text = _with(text, f"packs: [{', '.join(rule.packs)}]")
        return text

    def configuration(self, rule: Rule) -> str:
        """Return the text of policylint.yaml for a rule."""
        return _with(self.settings_for(rule), "version: 1")


def _with(settings: str, more: str) -> str:
    return "{" + more + ("}" if settings == "{}" else f", {settings[1:]}")


class Problem(NamedTuple):
    """Why the examples of a rule fail: what is said of a line, or of a file or folder where the line is 0."""

    path: str
    line: int
    message: str

    @property
    def place(self) -> str:
        """Return the place as people are shown it."""
        return f"{self.path}:{self.line}" if self.line else self.path


class RuleTest(NamedTuple):
    """What became of the examples of a rule."""

    rule: Rule
    examples: int
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Return whether the rule finds what its examples say."""
        return not self.problems


def missing_examples(rule: Rule, folder: str, examples: Sequence[Example]) -> list[Problem]:
    """Return what is missing: an example of each kind, a mark in each bad one."""
    found = []
    for kind in KINDS:
        if not any(each.kind == kind for each in examples):
            what = "finds nothing" if kind == "good" else "finds each marked line"
            found.append(
                Problem(f"{folder}{kind}", 0, f"there is no {kind} example: a policy in which the rule {what}")
            )
    for each in examples:
        marks = [mark for mark in each.expected if mark[0] == rule.id]
        if each.kind == "bad" and not marks:
            unit = "step" if rule.subject == STEP else "line"
            message = f"a bad example marks no {unit}: write `# expect: {rule.id}` where the rule finds something"
            found.append(Problem(each.path, 0, message))
        if each.kind == "good" and marks:
            found.append(Problem(marks[0][1], marks[0][2], "a good example marks a finding: move it to bad"))
        others = [mark for mark in each.expected if mark[0] != rule.id]
        found += [Problem(path, line, f"`{name}` is another rule, which is not run") for name, path, line in others]
    return found
