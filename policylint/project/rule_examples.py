"""The examples of lint rules, read from their folders and run: does the rule find what they say?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.errors import PolicylintError
from policylint.lint.examples import (
    KINDS,
    LIVE_SUFFIX,
    LOCK_SUFFIX,
    Example,
    Problem,
    RuleTest,
    missing_examples,
)
from policylint.lint.predicates.steps import STEP
from policylint.model.lock import LOCK_NAME
from policylint.phrases import count, listed, quoted
from policylint.project.project import Project
from policylint.project.texts import CONFIG, TextFiles
from policylint.readers.short import sealed_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from policylint.diagnostic import Diagnostic
    from policylint.lint.rule import Rule
    from policylint.project.files import Files
    from policylint.project.resources import Resources
    from policylint.source import Span

MOMENT = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""When it is in examples: what they say stays true. Live state in short was taken an hour before."""


def rule_test(rule: Rule, files: Files, resources: Resources) -> RuleTest:
    """Return what became of the examples of a rule. Raises FileError where one cannot be read."""
    folder = rule.path.removesuffix("rule.yaml")
    examples: list[Example] = []
    problems: list[Problem] = []
    for kind in KINDS:
        members = files.members(f"{folder}{kind}") or ()
        paths = {name.removesuffix(".yaml") for name in members if name.endswith(".yaml")}
        examples += [_read(f"{path}.yaml", kind, files, members) for path in sorted(paths)]
        problems += [
            Problem(name, 0, f"belongs to no example: there is no {name.removesuffix(suffix)}.yaml")
            for name in members
            for suffix in (LIVE_SUFFIX, LOCK_SUFFIX)
            if name.endswith(suffix) and name.removesuffix(suffix) not in paths
        ]
    problems += missing_examples(rule, folder, examples)
    for example in examples:
        problems += _problems(rule, example, resources)
    ordered = sorted({*problems}, key=lambda each: (each.path, each.line, each.message))
    return RuleTest(rule, len(examples), tuple(ordered))


def _read(path: str, kind: str, files: Files, members: Collection[str]) -> Example:
    example = Example(path, kind, files.read(path).text)
    live, lock = (
        files.read(beside).text if beside in members else None for beside in (example.live_path, example.lock_path)
    )
    return example._replace(live=live, lock=lock)


def example_project(example: Example, rule: Rule, resources: Resources) -> Project:
    """Return the project of an example. Raises ValueError where its live state is none."""
    texts: dict[str, str | bytes] = {example.path: example.text, CONFIG: example.configuration(rule)}
    if example.live is not None:
        texts[example.live_path] = sealed_text(example.live)
    if example.lock is not None:
        texts[LOCK_NAME] = example.lock
    return Project(
        TextFiles(texts, own_rules=None),
        resources,
        now=lambda: MOMENT,
        snapshot=(example.live_path,) if example.live is not None else (),
    )


def _problems(rule: Rule, example: Example, resources: Resources) -> Iterator[Problem]:
    """Yield where the rule does not find what an example says, and what else is wrong with it."""
    try:
        project = example_project(example, rule, resources)
        if rule.subject == STEP:
            yield from _of_steps(rule, example, project)
        else:
            yield from _of_lines(rule, example, project.lint([rule]).diagnostics)
    except ValueError as problem:
        yield Problem(example.live_path, 0, f"live state cannot be read: {problem}")
    except PolicylintError as problem:
        yield _stopped(problem, example)


def _stopped(problem: PolicylintError, example: Example) -> Problem:
    """Return why an example cannot be run, at its own place."""
    span = problem.span
    if span is None:
        of_live = f"{example.live_path}: "
        path = example.live_path if problem.message.startswith(of_live) else example.path
        return Problem(path, 0, problem.message.removeprefix(of_live))
    words = f"policylint.yaml: {problem.message}" if span.path == CONFIG else problem.message
    return Problem(*_place(span, example), words)


def _place(span: Span, example: Example) -> tuple[str, int]:
    """Return the file and the line of an example, whose configuration is one of its comments."""
    if span.path == CONFIG:
        return example.path, example.settings_line
    return example.lock_path if span.path == LOCK_NAME else span.path, span.begin.line


def _of_lines(rule: Rule, example: Example, found: tuple[Diagnostic, ...]) -> Iterator[Problem]:
    own: dict[tuple[str, int], str] = {}
    for each in found:
        place = _place(each.span, example)
        if each.rule == rule.id:
            own[place] = each.message
        elif each.severity is Severity.ERROR:
            yield Problem(*place, f"an example is a valid policy: {each.message}")
    yield from _compared(rule, example, own)


def _compared(rule: Rule, example: Example, own: Mapping[tuple[str, int], str]) -> Iterator[Problem]:
    marked = {(path, line) for name, path, line in example.expected if name == rule.id}
    for place in marked - own.keys():
        yield Problem(*place, "marked, and the rule does not find it")
    for place in own.keys() - marked:
        yield Problem(*place, f"found, and not marked: {own[place]}")


def _of_steps(rule: Rule, example: Example, project: Project) -> Iterator[Problem]:
    """Yield where there is another number of steps than of marks: a step has no line."""
    from policylint.project.step_rules import step_finder

    if example.live is None:
        yield Problem(example.path, 0, f"a plan needs live state: write {example.live_path}")
        return
    found = step_finder([rule], project.store)(project.plan().steps)
    marks = sum(name == rule.id for name, _, _ in example.expected)
    if len(found) != marks:
        steps = listed(f"{each.step.action} {quoted(each.step.identity)}" for each in found) or "none"
        yield Problem(example.path, 0, f"{count(marks, 'step')} marked, {len(found)} found: {steps}")
