"""The fixes of findings, applied to the texts of a project: each kept only where linting again shows that it is one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from functools import cache, cached_property
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING

from policylint.analysis.compare import compare
from policylint.edit.apply import FileEdits
from policylint.edit.format import formatted
from policylint.edit.proof import UnprovenError
from policylint.edit.text import edited_text
from policylint.edits import OverlapError, TextEdit, in_order, splice
from policylint.errors import PolicylintError
from policylint.named_tuple import NamedTuple
from policylint.project.edited import EditedProject
from policylint.project.environments import after_edit, called, other_environments
from policylint.project.verify import failing
from policylint.schema.store import POLICY
from policylint.source import Source
from policylint.syntax.node import MappingNode, ScalarNode, SequenceNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.analysis.assertions import Baseline
    from policylint.diagnostic import Diagnostic
    from policylint.edit.apply import Path
    from policylint.lint.run import LintResult
    from policylint.project.environments import OtherEnvironment
    from policylint.project.files import Files
    from policylint.project.load import LoadedFile
    from policylint.project.project import Project
    from policylint.syntax.node import Node

MOST_TRIES = 200
"""How often a project is linted again at most; with fixes that can be applied together, a few times are enough."""

MOST_ALIKE = 10
"""After how many fixes of one rule that are refused for one reason, while none is applied, the others are not tried."""

_TOO_MANY = "too many fixes were tried: run it again"

_Range = tuple[int, int]


class NotApplied(NamedTuple):
    """A finding whose fix was tried, or not tried, and why it is left."""

    finding: Diagnostic
    why: str


class Fixed(NamedTuple):
    """What became of fixes: the findings that are fixed, those whose fix was not applied, and the project afterwards.

    A fixed finding is placed in the text as it was before its own fix. `edited` is None where nothing is fixed.
    `result` is what is left, without the fixes that were not applied.
    """

    applied: tuple[Diagnostic, ...]
    left: tuple[NotApplied, ...]
    edited: EditedProject | None
    result: LintResult


def fix(
    project: Project,
    paths: Collection[str] | None = None,
    *,
    unsafe: bool = False,
    found: LintResult | None = None,
    files: Files | None = None,
    baseline: Callable[[Project], Baseline] | None = None,
) -> Fixed:
    """Return what becomes of a project's files when findings are fixed, in some files or in all; nothing is written.

    `found` is what linting the project finds, where that is known. `files` are those of the project without any that
    were named, where some were. `baseline` returns for a project what returns who got in under a revision; without it,
    no assertion that compares with one is checked.

    Safe fixes change no device's access in any environment, as far as two valid policies can be compared, and each
    removes its finding and adds none. `unsafe` applies the others too: those only add none. While a policy is not
    valid, only what makes it so is fixed. No fix makes a test or an assertion of the policy fail. Fixing what is fixed
    changes nothing. A file that was in canonical form is so afterwards.
    """
    work = _Work(project, paths, project.lint() if found is None else found, files, baseline or _no_baseline)
    work.run(safe=True)
    while unsafe and work.run(safe=False):
        work.run(safe=True)
    return work.fixed()


class _Work:
    """The texts while they are fixed. `refused` are the reasons of fixes that are not tried again, by their key."""

    def __init__(
        self,
        project: Project,
        paths: Collection[str] | None,
        found: LintResult,
        files: Files | None,
        baseline: Callable[[Project], Baseline],
    ) -> None:
        self._first = self._project = project
        self._paths = paths
        self._files = files
        self._result = found
        self._baseline = cache(lambda each: cache(baseline(each)))
        self._texts: dict[str, str] = {}
        self._applied: list[Diagnostic] = []
        self._refused: dict[_Key, NotApplied] = {}
        self._waiting: list[list[_Key]] = []
        self._alike: Counter[tuple[str, str]] = Counter()
        self._tries = 0

    def run(self, *, safe: bool) -> bool:
        """Apply fixes until none is left, the safe ones alone or all of them; return whether one was applied."""
        before = now = len(self._applied)
        self._refused = {}
        while chosen := self._chosen(safe=safe):
            self._try(chosen, safe=safe)
            if len(self._applied) > now and not self._chosen(safe=safe) and self._tries < MOST_TRIES:
                now, self._refused = len(self._applied), {}  # what was refused may be right after the others
        return len(self._applied) > before

    def _try(self, chosen: Iterable[Diagnostic], *, safe: bool) -> None:
        """Apply of fixes what may be applied together, and refuse the others: halves of what may not, and so on.

        Halves of one rule are likely to be alike. In turn the smallest and the largest part is next: so it is soon
        known what single ones are refused for, and large parts do not wait until all of those are.
        """
        self._alike.clear()
        self._waiting = [[_key(found) for found in sorted(chosen, key=lambda found: found.rule)]]
        while self._waiting:
            size = min if self._tries % 2 else max
            keys = self._waiting.pop(size(range(len(self._waiting)), key=lambda at: len(self._waiting[at])))
            there = {_key(found): found for found in self._result.diagnostics}
            found = [there[key] for key in keys if key in there and self._is_wanted(there[key], safe=safe)]
            if not found or self._gives_up(found):
                continue
            if not self._accepts(found, safe=safe) and len(found) > 1:
                half = len(found) // 2
                self._waiting += [[*map(_key, found[:half])], [*map(_key, found[half:])]]

    def _gives_up(self, chosen: Sequence[Diagnostic]) -> bool:
        """Return whether fixes are not tried, and refuse them then with the reason."""
        why = _TOO_MANY if self._tries >= MOST_TRIES else self._refused_for({found.rule for found in chosen})
        if why is not None:
            self._refused |= {_key(found): NotApplied(found, why) for found in chosen}
        return why is not None

    def _refused_for(self, rules: Collection[str]) -> str | None:
        """Return why fixes of one rule need no try: what so many of it were refused for; None where they do."""
        if len(rules) > 1 or any(found.rule in rules for found in self._applied):
            return None
        found = ((number, why) for (rule, why), number in self._alike.items() if rule in rules)
        number, why = max(found, default=(0, ""))
        return f"not tried, as {number} others of this rule were refused: {why}" if number >= MOST_ALIKE else None

    def _chosen(self, *, safe: bool) -> list[Diagnostic]:
        """Return findings with fixes to apply together: of those that overlap, the first; those of schemas alone."""
        taken: dict[str, list[_Range]] = defaultdict(list)
        chosen = []
        for found in self._result.diagnostics:
            if not self._is_wanted(found, safe=safe) or _key(found) in self._refused:
                continue
            edits = found.fix.edits if found.fix is not None else ()
            if all(_take(taken[edit.span.path], edit) for edit in edits):
                chosen.append(found)
        return [found for found in chosen if found.rule == SCHEMA] or chosen

    def _is_wanted(self, found: Diagnostic, *, safe: bool) -> bool:
        if found.fix is None or not found.fix.edits or (safe and not found.fix.safe):
            return False
        if found.about is not None and not self._project.is_valid:
            return False  # of two declarations of one object the second may say something else
        return self._paths is None or all(edit.span.path in self._paths for edit in found.fix.edits)

    def _accepts(self, chosen: Sequence[Diagnostic], *, safe: bool) -> bool:
        """Return whether fixes may be applied together, and apply them; a single one that may not be is refused."""
        self._tries += 1
        texts = self._spliced(chosen)
        if texts is None:
            return self._refuses(chosen, "it would change more than it is meant to")
        after = EditedProject(self._first, {**self._texts, **texts})
        result = after.lint()
        why = self._flaw(chosen, after, result, safe=safe) or self._flaw_elsewhere(texts, safe=safe)
        if why is not None:
            return self._refuses(chosen, why)
        moves = _moves(chosen)
        self._refused = {_moved(key, moves): why for key, why in self._refused.items()}
        self._waiting = [[_moved(key, moves) for key in keys] for keys in self._waiting]
        self._texts |= texts
        self._project, self._result = after, result
        self._others = [(first, after_edit(first, self._texts) or now) for first, now in self._others]
        self._applied += chosen
        return True

    def _refuses(self, chosen: Sequence[Diagnostic], why: str) -> bool:
        """Refuse a fix that is alone; return that it is not applied."""
        if len(chosen) == 1:
            self._refused[_key(chosen[0])] = NotApplied(chosen[0], why)
            self._alike[chosen[0].rule, why] += 1
        return False

    def _spliced(self, chosen: Iterable[Diagnostic]) -> dict[str, str] | None:
        """Return the texts after fixes by path; None where one would not say the same but where it is meant to."""
        edits: dict[str, dict[TextEdit, None]] = defaultdict(dict)
        for found in chosen:
            for edit in found.fix.edits if found.fix is not None else ():
                edits[edit.span.path][edit] = None
        files = {file.source.path: file for file in self._project.loaded}
        texts = {path: self._text(files[path], tuple(found)) for path, found in edits.items()}
        whole = {path: text for path, text in texts.items() if text is not None}
        return whole if len(whole) == len(texts) else None

    def _text(self, file: LoadedFile, edits: tuple[TextEdit, ...]) -> str | None:
        """Return the text of a file after edits; None where another reader cannot show that they change only that."""
        read = file.policy_file
        if read is None:
            return None
        ordered = in_order(edits)
        root, _ = parse(Source(file.source.path, splice(file.source.text, ordered)))
        if not isinstance(root, MappingNode):
            return None
        old = _held(read.node, [(edit.span.start, edit.span.end) for edit in ordered])
        new = _held(root, _written(ordered))
        try:
            return edited_text(FileEdits(read, edits, old, new), self._project.store).text
        except (OverlapError, UnprovenError):
            return None

    def _flaw(self, chosen: Sequence[Diagnostic], after: Project, result: LintResult, *, safe: bool) -> str | None:
        """Return why fixes may not be applied together, None where they may."""
        before, now, gone = _numbers(self._result), _numbers(result), Counter(map(_kind, chosen))
        if any(now[kind] > before[kind] - number for kind, number in gone.items() if kind[0] != SCHEMA):
            return "the finding would still be there"
        form = all(found.rule == SCHEMA for found in chosen)
        reveals = form or (not safe and any(found.about is None for found in chosen))
        hidden = {SCHEMA} if form else set()  # compared one by one
        more = [
            kind
            for kind in now
            if now[kind] > before[kind] and kind[0] not in hidden and not (reveals and kind[0] not in _FORM)
        ]
        if form and not more:
            return self._flaw_of_form(chosen, after, result) or _change(
                self._project, after, self._baseline(self._first), safe=safe
            )
        if more:
            return f"it would add a finding of `{sorted(more)[0][0]}`"
        return _change(self._project, after, self._baseline(self._first), safe=safe)

    def _flaw_of_form(self, chosen: Sequence[Diagnostic], after: Project, result: LintResult) -> str | None:
        """Return why fixes of what schemas find may not be applied together, None where they may.

        What is found behind a key that was not known before was there, and nobody looked at it.
        """
        moves = _moves(chosen)
        before = {_place(each, moves) for each in self._result.diagnostics if each.rule == SCHEMA}
        now = {_place(each): each for each in result.diagnostics if each.rule == SCHEMA}
        if any(_place(each, moves) in now for each in chosen):
            return "the finding would still be there"
        new = [found for place, found in now.items() if place not in before]
        keys = {(each.span.path, moves(each.span.path, each.span.start)) for each in chosen} if new else frozenset()
        known = {file.source.path: _behind(file, keys) for file in after.loaded} if new else {}
        if any(not _is_in(known[each.span.path], each.span.start) for each in new):
            return f"it would add a finding of `{SCHEMA}`"
        return None

    def _flaw_elsewhere(self, texts: Mapping[str, str], *, safe: bool) -> str | None:
        """Return why new texts may not be in another environment that reads them, None where they may."""
        for first, now in self._others:
            after = after_edit(first, {**self._texts, **texts}) if texts.keys() & set(first.policy_paths) else None
            if after is None or not now.is_valid:
                continue
            why = (
                _change(now, after, self._baseline(first), safe=safe)
                if after.is_valid
                else "the policy would not be valid"
            )
            if why is not None:
                return f"in {called(first)} {why}"
        return None

    @cached_property
    def _others(self) -> list[tuple[OtherEnvironment, Project]]:
        """Return the other environments, each as it was first and as it is now."""
        return [(each, each) for each in other_environments(self._first, self._files)]

    def fixed(self) -> Fixed:
        """Return what became of the fixes, the texts in canonical form where they were."""
        forms = {path: form for path, text in self._texts.items() if (form := self._form(path, text)) is not None}
        self._texts |= forms
        edited = EditedProject(self._first, self._texts) if self._texts else None
        result = edited.lint() if edited is not None and forms else self._result
        left = {found.finding.sort_key: found for found in self._refused.values()}
        result = result._replace(diagnostics=tuple(map(self._without_refused, result.diagnostics)))
        return Fixed(tuple(self._applied), tuple(left[key] for key in sorted(left)), edited, result)

    def _without_refused(self, found: Diagnostic) -> Diagnostic:
        return found._replace(fix=None) if _words(found) in self._words_of_refused else found

    @cached_property
    def _words_of_refused(self) -> Collection[tuple[str, ...]]:
        return {_words(each.finding) for each in self._refused.values()}

    def _form(self, path: str, text: str) -> str | None:
        """Return the canonical form of a new text that has another one; None where the old text had too."""
        form = self._canonical(text)
        if form in {None, text}:
            return None
        before = next(file.source.text for file in self._first.loaded if file.source.path == path)
        return form if self._canonical(before) == before else None

    def _canonical(self, text: str) -> str | None:
        return formatted(Source("", text), self._first.store, POLICY)[0]


_FORM = frozenset({"file", "schema", "suppression", "syntax"})
"""The rules about the form of a policy: what is wrong there keeps others from seeing all of it."""

SCHEMA = "schema"
"""The rule of what a schema finds wrong."""

_Kind = tuple[str, str, str]
_Key = tuple[str, str, int, str, str]


def _key(found: Diagnostic) -> _Key:
    """Return what a fix that was refused is known by."""
    rule, path, message, title = _words(found)
    return rule, path, found.span.start, message, title


def _moved(key: _Key, moves: Callable[[str, int], int]) -> _Key:
    """Return by what a fix is known after others."""
    rule, path, start, message, title = key
    return rule, path, moves(path, start), message, title


def _words(found: Diagnostic) -> tuple[str, str, str, str]:
    """Return what a fix is known by, whatever its place."""
    return found.rule, found.span.path, found.message, found.fix.title if found.fix is not None else ""


def _moves(chosen: Iterable[Diagnostic]) -> Callable[[str, int], int]:
    """Return the function that returns where an offset in a file is after fixes."""
    edits: dict[str, set[TextEdit]] = defaultdict(set)
    for found in chosen:
        for edit in found.fix.edits if found.fix is not None else ():
            edits[edit.span.path].add(edit)
    ends: dict[str, list[int]] = {}
    shifts: dict[str, list[int]] = {}
    for path, some in edits.items():
        ordered = in_order(some)
        ends[path] = [edit.span.end for edit in ordered]
        grown = (len(edit.text) - (edit.span.end - edit.span.start) for edit in ordered)
        shifts[path] = [0, *accumulate(grown)]

    def moved(path: str, offset: int) -> int:
        return offset + shifts[path][bisect_right(ends[path], offset)] if path in ends else offset

    return moved


def _place(found: Diagnostic, moves: Callable[[str, int], int] | None = None) -> tuple[str, int, str]:
    """Return what a finding of a schema is known by: its file, its place, after fixes where some are, its message."""
    path, start = found.span.path, found.span.start
    return path, moves(path, start) if moves is not None else start, found.message


def _behind(file: LoadedFile, keys: Collection[tuple[str, int]]) -> list[_Range]:
    """Return where the values of some keys are, which are given by path and offset; in order, none in another."""
    path = file.source.path
    found: list[_Range] = []
    nodes: list[Node] = [file.policy_file.node] if file.policy_file is not None else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, SequenceNode):
            nodes.extend(node.items)
        if not isinstance(node, MappingNode):
            continue
        for key, child in node.values.items():
            if (path, node.key_at(key)[0]) in keys:
                found.append((child.start, child.end))
            else:
                nodes.append(child)
    return sorted(found)


def _is_in(ranges: Sequence[_Range], offset: int) -> bool:
    at = bisect_right(ranges, (offset, inf)) - 1
    return at >= 0 and offset <= ranges[at][1]


def _kind(found: Diagnostic) -> _Kind:
    """Return what findings are counted by: the words of their messages change with what is around them."""
    return found.rule, str(found.severity), found.span.path


def _numbers(result: LintResult) -> Counter[_Kind]:
    return Counter(map(_kind, result.diagnostics))


def _change(before: Project, after: Project, baseline: Baseline, *, safe: bool) -> str | None:
    """Return what fails after an edit that passed, or that a safe edit changes access; None where neither is so."""
    if not (before.is_valid and after.is_valid):
        return None
    failed = Counter(name for name, _ in failing(after, baseline))
    if failed and (new := failed - Counter(name for name, _ in failing(before, baseline))):
        return f"{min(new)} would fail"
    changed = safe and compare(before.desired_model, after.desired_model).regions
    return "it would change which devices have access" if changed else None


def _no_baseline(_project: Project) -> Baseline:
    def baseline(name: str) -> AccessModel:
        raise PolicylintError(f"nobody knows the revision {name}")

    return baseline


def _take(taken: list[_Range], edit: TextEdit) -> bool:
    """Return whether an edit overlaps none of the ranges in order, and add it to them."""
    start, end = edit.span.start, edit.span.end
    at = bisect_left(taken, (start, end))
    if (at < len(taken) and taken[at][0] < end) or (at and taken[at - 1][1] > start):
        return False
    taken.insert(at, (start, end))
    return True


def _written(ordered: Iterable[TextEdit]) -> list[_Range]:
    """Return where the texts of edits are in the new text."""
    found, shift = [], 0
    for span, text in ordered:
        found.append((span.start + shift, span.start + shift + len(text)))
        shift += len(text) - (span.end - span.start)
    return found


def _held(root: MappingNode, ranges: Sequence[_Range]) -> frozenset[Path]:
    """Return the paths of the values that some ranges in order hold, or whose keys they hold, but none below those."""
    starts = [start for start, _ in ranges]

    def holds(start: int, end: int) -> bool:
        at = bisect_right(starts, start) - 1
        return at >= 0 and end <= ranges[at][1] and start < ranges[at][1]

    def meets(start: int, end: int) -> bool:
        at = bisect_right(starts, end) - 1
        return at >= 0 and ranges[at][1] > start

    return frozenset(_paths(root, (), holds, meets))


def _paths(
    node: Node, path: Path, holds: Callable[[int, int], bool], meets: Callable[[int, int], bool]
) -> Iterator[Path]:
    if isinstance(node, ScalarNode):
        yield path
        return
    keys: Iterable[str | int] = node.values if isinstance(node, MappingNode) else range(len(node.items))
    for key in keys:
        child = node.values[str(key)] if isinstance(node, MappingNode) else node.items[int(key)]
        start, end = node.key_at(str(key)) if isinstance(node, MappingNode) else (child.start, child.end)
        if holds(start, end) or holds(child.start, child.end):
            yield (*path, key)
        elif meets(child.start, child.end):
            yield from _paths(child, (*path, key), holds, meets)
