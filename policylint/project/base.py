"""What a branch brings: the findings that the revision it left does not have, and how it makes less be found."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from policylint.errors import PolicylintError, UsageError
from policylint.lint.check import active_rules
from policylint.lint.compare import Version, paired
from policylint.lint.rule import with_included
from policylint.lint.select import rank
from policylint.lint.weakening import BASELINE, COMMENT, FILE, SETTING, Weakening, in_order
from policylint.named_tuple import NamedTuple
from policylint.project.files import Files
from policylint.project.history import ASKED, changed_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.lint.baseline import Baseline
    from policylint.lint.run import LintResult
    from policylint.lint.select import Selection
    from policylint.plan.plan import ConfigurationChange
    from policylint.project.project import Project


class PlacedFiles(Files, Protocol):
    """Files that are known by their place in a repository."""

    def inside(self, path: str) -> str | None:
        """Return the path of a file in the repository, None where it is not in it."""

    def shown(self, path: str) -> str:
        """Return the path of a file of the repository as people are shown it."""


class Revisions(PlacedFiles, Protocol):
    """The files of a project, with their earlier versions."""

    def at(self, revision: str) -> PlacedFiles:
        """Return the files as a revision has them. Raises PolicylintError where there is no such revision."""

    def commit(self, revision: str = "HEAD") -> str | None:
        """Return the commit of a revision, None where there is none."""

    def common(self, revision: str) -> str | None:
        """Return the last commit that the current one and a revision have in common, None where it is not known."""


class Base(NamedTuple):
    """The revision that a branch is compared with: its name, and the commit, which is where the branch left it.

    `note` says so where that is not known.
    """

    name: str
    commit: str
    note: str = ""


class Compared(NamedTuple):
    """A result without what the base has too, and what there is to say of the comparison."""

    result: LintResult
    notes: tuple[str, ...] = ()


def base_of(name: str, files: Revisions) -> Base:
    """Return the revision of a name. Raises PolicylintError where there is none."""
    commit = files.commit(name)
    if commit is None:
        files.at(name)
        raise UsageError(f"no revision `{name}`")
    common = files.common(commit)
    if common is not None:
        return Base(name, common)
    note = (
        f"`{name}` and this branch have no commit in common in this clone, so what only `{name}` has fixed may be told"
        " as of this branch: in CI check out with `fetch-depth: 0`, elsewhere `git fetch --unshallow`"
    )
    return Base(name, commit, note)


def lint_chosen(
    project: Project,
    selection: Selection,
    base: Base | None = None,
    files: Revisions | None = None,
    differs: Callable[[str], bool] | None = None,
) -> Compared:
    """Return what is wrong with the policy as far as a run is about it; the first that can holds a finding back.

    In this order: ignore comments, the baseline, the selection, the base, whose files `files` has, and that its file
    does not differ. docs/lint.md has this order.
    """
    found = Compared(selection.of(project.lint(selected=selection.select)))
    if base is not None and files is not None:
        found = against(project, found.result, base, files, selection)
    return found._replace(result=in_changed(found.result, differs)) if differs is not None else found


def against(project: Project, result: LintResult, base: Base, files: Revisions, selection: Selection) -> Compared:
    """Return a result without the findings that the base has too, by its own policy, rules and configuration.

    Live state is the same for both. One that is more severe than there is new. Where the base cannot be read, every
    finding is new, and a note says why. An error in the form of the policy stays shown: rules do not see what has it.
    """
    notes = (base.note,) if base.note else ()
    project.doing(f"reading the policy of {base.name}")
    asked = project.config.origins["edition"][1] == ASKED
    try:
        there = files.at(base.commit)
        other = project.with_files(there, project.environment, project.config.edition if asked else None)
        _share_baseline(project, other, files, there)
        before = selection.of(other.lint(selected=selection.select))
        weakened = in_order(_weakened(project, other, result, before, base, files, there))
    except PolicylintError as problem:
        at = f"{problem.span}: " if problem.span is not None else ""
        words = f"every finding counts as new: `{base.name}` cannot be linted: {at}{problem.message}"
        return Compared(result._replace(base=base.name), (*notes, words))
    pairs = paired(_version(result.diagnostics, project, files), _version(before.diagnostics, other, there))
    broken = {each.sort_key for each in project.form_errors}
    earlier = [
        each
        for each, then in pairs
        if then is not None and rank(each.severity) <= rank(then.severity) and each.sort_key not in broken
    ]
    same = {id(each) for each in earlier}
    new = tuple(each for each in result.diagnostics if id(each) not in same)
    compared = result._replace(diagnostics=new, earlier=tuple(earlier), base=base.name, weakened=weakened)
    return Compared(compared, (*notes, *_note_of_form(other, base)))


def _note_of_form(other: Project, base: Base) -> Iterator[str]:
    """Yield what there is to say where the base is not right in its form."""
    for first in other.form_errors[:1]:
        place = f"{first.span}: {first.message}"
        yield f"rules see only part of the policy at {base.name}, so more may count as new: {place}"


def _version(found: Sequence[Diagnostic], project: Project, files: PlacedFiles) -> Version:
    return Version(found, [each.source for each in project.loaded], lambda path: files.inside(path) or path)


def _share_baseline(project: Project, other: Project, files: Revisions, there: PlacedFiles) -> None:
    """Let the base have the baseline that the caller names: its own version, the same one outside of the repository."""
    if project.baseline_path is None or not project.has_named_baseline:
        return
    place = files.inside(project.baseline_path)
    if place is None:
        other.baseline = project.baseline
    elif there.has(own := there.shown(place)):
        other.name_baseline(own)
    else:
        other.baseline = None


def _weakened(
    project: Project,
    other: Project,
    now: LintResult,
    then: LintResult,
    base: Base,
    files: Revisions,
    there: PlacedFiles,
) -> Iterator[Weakening]:
    """Yield how less is found or shown now than by the other version of the project."""
    levels = _levels(project), _levels(other)
    for change in changed_settings(other, project, base.name, _SETTINGS):
        if _is_weaker(change, project, other, levels) or (
            change.key == "policies"
            and any(files.has(files.shown(place)) for place in _unread(project, other, files, there))
        ):
            yield Weakening(SETTING, change.key, change.before, change.after)
    yield from _changed_snapshots(project, other, files, there)
    yield from _lost(project, other, files, there)
    hidden = _version(now.suppressed, project, files)
    for each, before in paired(hidden, _version((*then.suppressed, *then.known), other, there)):
        comment, was = each.ignored, before.ignored if before is not None else None
        if comment is not None and before is None:
            yield Weakening(COMMENT, each.rule, span=comment.span, reason=comment.reason)
        elif comment is not None and was is not None and _is_longer(comment.until, was.until):
            days = f'"{was.until}"', f'"{comment.until}"'
            yield Weakening(COMMENT, each.rule, *days, span=comment.span, reason=comment.reason)
    yield from _more_in(now.baseline, then.baseline)


_ALWAYS = ("edition", "target", "domains", "outside", "precedence", "manage", "snapshot")
"""The settings of policylint.yaml that say what rules see: each change may make them find less."""

_SETTINGS = (*_ALWAYS, "policies", "packs", "severity", "not-ignorable", "custom-rules")
"""The settings of policylint.yaml on which it depends what is found."""

_NO_LEVEL = (-1, -1)


def _levels(project: Project) -> dict[str, tuple[int, int]]:
    """Return how severe what each rule finds is, usually and where it is certain, by every name of those that apply."""
    found: dict[str, tuple[int, int]] = {}
    for rule in active_rules(project.rules, project.config):
        level = rank(rule.severity), rank(rule.severity_of(certain=True))
        found |= dict.fromkeys(rule.names, level)
    return found


def _is_weaker(
    change: ConfigurationChange,
    project: Project,
    other: Project,
    levels: tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]],
) -> bool:
    """Return whether less may be found after a change of a setting than before it."""
    name, _, part = change.key.partition(".")
    now, then = levels
    before, after = other.config, project.config
    if name in _ALWAYS:
        return True
    if name == "severity":
        pairs = zip(now.get(part, _NO_LEVEL), then.get(part, _NO_LEVEL), strict=True)
        return any(level < was for level, was in pairs)
    if name == "packs":
        return not with_included(before.packs) <= with_included(after.packs)
    if name == "custom-rules":
        return change.before != "null" if part else not {*before.custom_rules} <= {*after.custom_rules}
    return name == "not-ignorable" and not {*before.not_ignorable} <= {*after.not_ignorable}


def _unread(project: Project, other: Project, files: Revisions, there: PlacedFiles) -> dict[str, str]:
    """Return the policy files of the base that are read no more, by their place in the repository."""
    read = set(map(files.inside, project.policy_paths))
    places = ((there.inside(path), path) for path in other.policy_paths)
    return {place: path for place, path in places if place is not None and place not in read}


def _lost(project: Project, other: Project, files: Revisions, there: PlacedFiles) -> Iterator[Weakening]:
    """Yield the policy files of the base that are read no more and declare what nothing declares now."""
    unread = _unread(project, other, files, there)
    declared = project.lint_facts.declared_in(project.policy_paths) if unread else frozenset()
    for place, path in unread.items():
        if gone := other.lint_facts.declared_in([path]) - declared:
            yield Weakening(FILE, files.shown(place), times=len(gone))


def _changed_snapshots(project: Project, other: Project, files: Revisions, there: PlacedFiles) -> Iterator[Weakening]:
    """Yield the files of live state in the repository that are changed, new in a commit, or gone."""
    before = _live_places(there, other.snapshot_paths)
    named = {place: there.shown(place) for place in _live_places(files, project.snapshot_paths)}
    before |= {place: path for place, path in named.items() if there.has(path)}
    after = {place: files.shown(place) for place in {*before, *named} if files.has(files.shown(place))}
    committed = _committed(files, named.keys() - before.keys())
    for place in sorted({*before, *committed}):
        one, two = _content_of(there, before.get(place)), _content_of(files, after.get(place))
        if one != two:
            yield Weakening(SETTING, f"snapshot.{files.shown(place)}", one, two)


def _live_places(files: PlacedFiles, paths: Iterable[str]) -> dict[str, str]:
    """Return the files of live state that paths of files and folders name and that are there, by their place."""
    every = (each for path in paths for each in (files.members(path) or (path,)))
    return {place: path for path in every if (place := files.inside(path)) is not None and files.has(path)}


def _committed(files: Revisions, places: Collection[str]) -> set[str]:
    """Return which places the current commit has a file at."""
    try:
        head = files.at("HEAD") if places else None
    except PolicylintError:
        return set()
    return {place for place in places if head is not None and head.has(head.shown(place))}


def _content_of(files: PlacedFiles, path: str | None) -> str:
    """Return what the content of a file is known by, in JSON: whatever its line ends; `null` where there is none."""
    if path is None:
        return "null"
    digest = hashlib.sha256()
    with files.pieces(path) as pieces:
        for piece in pieces:
            digest.update(piece.replace(b"\r", b""))
    return f'"sha256:{digest.hexdigest()[:12]}"'


def _is_longer(day: str, before: str) -> bool:
    return before != "" and (day == "" or day > before)


def _more_in(now: Baseline | None, then: Baseline | None) -> Iterator[Weakening]:
    """Yield the rules of which a baseline may hold more findings than before."""
    entries = (each.entries if each is not None else () for each in (now, then))
    here, there = (Counter({each.key: each.times for each in found}) for found in entries)
    more: Counter[str] = Counter()
    for each in now.entries if now is not None else ():
        more[each.rule] += max(0, here[each.key] - there[each.key])
    for rule, times in sorted(more.items()):
        if times:
            yield Weakening(BASELINE, rule, times=times)


def in_changed(result: LintResult, differs: Callable[[str], bool]) -> LintResult:
    """Return the findings in files that differ, or that say something of a range there; the others are only counted."""
    paths = {each.span.path for each in result.diagnostics}
    paths |= {label.span.path for each in result.diagnostics for label in each.related}
    changed = {path for path in paths if differs(path)}
    shown: list[Diagnostic] = []
    left_out: list[Diagnostic] = []
    for each in result.diagnostics:
        places = {each.span.path, *(label.span.path for label in each.related)}
        (shown if places & changed else left_out).append(each)
    return result._replace(diagnostics=tuple(shown), unselected=(*result.unselected, *left_out))
