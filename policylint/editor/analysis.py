"""What is wrong with the files of a project while they are edited; whatever they hold, there is an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.diagnostic import Diagnostic, Severity, error
from policylint.editor.project import Cache, EditorProject, OneFile
from policylint.errors import PolicylintError
from policylint.lint.run import fixed_rules
from policylint.named_tuple import NamedTuple
from policylint.schema.store import POLICY
from policylint.schema.validate import validate
from policylint.source import Source, Span
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from policylint.lint.rule import Rule
    from policylint.project.load import LoadedFile
    from policylint.project.resources import Resources
    from policylint.schema.store import SchemaStore


class Analysis(NamedTuple):
    """What is wrong with each file of a project, by its path as people are shown it; also of those without a finding.

    `project` answers questions about it: it has the files as they were when they could last be read.
    """

    project: EditorProject
    found: Mapping[str, tuple[Diagnostic, ...]]


def analyze(project: EditorProject, opened: Iterable[str] = ()) -> Analysis:
    """Return what is wrong with the files of a project.

    Without a snapshot that can be read it is what can be said without one. Where the run cannot go on, it is why, and
    what is wrong with each file by itself: with those that are `opened` where it is not known which are of the policy.
    """
    config = project.files.config
    found: tuple[Diagnostic, ...] = ()
    try:
        if config is not None:
            found = config_findings(project.files.read(config), project.resources)
        if not found:
            project, problems = _with_readable_snapshot(project)
            result = project.lint().diagnostics
            return Analysis(project, _by_file((*problems, *result), project.loaded, project, config))
    except PolicylintError as problem:
        span = problem.span or Span(Source(config or "", ""), 0, 0)
        found = (error("file", span, problem.message, problem.help),)
    loaded = _loaded_anyway(project, opened)
    own = (each for file in loaded for each in file.diagnostics)
    return Analysis(project, _by_file((*found, *own), loaded, project, config))


def analyze_alone(
    path: str, text: str, resources: Resources, cache: Cache, *, now: Callable[[], datetime], edition: str | None = None
) -> Analysis | None:
    """Return what is wrong with a text that is in no project; None where it has no section of a policy."""
    if not has_section(text, resources.store):
        return None
    return analyze(EditorProject(OneFile(path, text), resources, cache, now=now, edition=edition))


def has_section(text: str, store: SchemaStore) -> bool:
    """Return whether a text has a section of a policy, also where it is half typed."""
    sections = "|".join(map(re.escape, store.schema(POLICY)["properties"]))
    return re.search(rf"^(?:{sections})[ \t]*:", text, re.MULTILINE) is not None


def config_findings(source: Source, resources: Resources) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with the form of a policylint.yaml."""
    node, problems = parse(source)
    if node is None and not problems:
        return (error("syntax", Span(source, 0, 0), "the file is empty", "write `version: 1`"),)
    if node is not None and not problems:
        _, problems = validate(resources.config_schema, source, node)
    return tuple(problems)


def _with_readable_snapshot(project: EditorProject) -> tuple[EditorProject, tuple[Diagnostic, ...]]:
    """Return a project whose snapshot can be read, else one without it and why: at the setting that names it."""
    try:
        _ = project.snapshot
    except PolicylintError as problem:
        file = project.config_file
        span = file.span(("snapshot",)) if file is not None else None
        if span is None or problem.span is not None:
            raise
        why = Diagnostic("file", Severity.WARNING, span, problem.message, problem.help)
        return project.without_live_state(), (why,)
    return project, ()


def _by_file(
    found: Iterable[Diagnostic], loaded: Iterable[LoadedFile], project: EditorProject, config: str | None
) -> Mapping[str, tuple[Diagnostic, ...]]:
    """Return findings by file; of a file that is half typed, only why it cannot be read."""
    files: dict[str, list[Diagnostic]] = {file.source.path: [] for file in loaded}
    if config is not None:
        files[config] = []
    for each in found:
        files.setdefault(each.span.path, []).append(each)
    for path, file in project.broken.items():
        files[path] = list(file.diagnostics)
    return {path: tuple(dict.fromkeys(each)) for path, each in files.items() if path}


def _loaded_anyway(project: EditorProject, opened: Iterable[str]) -> tuple[LoadedFile, ...]:
    """Return the policy files, and where it is not known which those are, the opened ones."""
    try:
        return project.loaded
    except PolicylintError:
        return tuple(project.load(path) for path in opened)


def rules_of(project: EditorProject) -> tuple[Rule, ...]:
    """Return the rules of a project, those that come with policylint where its own cannot be read."""
    try:
        return project.rules
    except PolicylintError:
        return project.resources.rules


def fixed_rules_of(project: EditorProject) -> frozenset[str]:
    """Return the rules of a project that no comment may ignore."""
    rules = rules_of(project)
    try:
        return fixed_rules(rules, project.config)
    except PolicylintError:
        return frozenset(rule.id for rule in rules if rule.mandatory)
