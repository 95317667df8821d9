"""Findings that are known and not shown, as one file lists them.

A finding is known again by its rule, by what it is about, and by the words of its message that do not change by
themselves: not by its place, which moves with every edit. A list that only gets shorter unless somebody asks for more
is how Psalm keeps its own, https://psalm.dev/docs/running_psalm/dealing_with_code_issues/#using-a-baseline-file.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.diagnostic import About
from policylint.errors import FileError, UsageError
from policylint.fmt.scalar import text_of
from policylint.named_tuple import NamedTuple
from policylint.schema.compile import CompiledSchema
from policylint.schema.validate import validate
from policylint.syntax.parse import parse
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.schema.store import SchemaStore
    from policylint.source import Source

BASELINE = "policylint:baseline"

_HEAD = """\
# Findings that `policylint lint` counts and does not show.
# `policylint lint --update-baseline` removes those that are gone.
version: 1
"""


class Entry(NamedTuple):
    """Findings that are alike: the rule, what they are about, and how many there are."""

    rule: str
    about: About
    times: int = 1

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what two entries for the same findings have in common, which is also their order."""
        return _key(self.rule, self.about)


class Matched(NamedTuple):
    """What a baseline makes of findings: those that remain, those that it holds, and its entries that find none.

    `gone` are entries with the number of findings that are no longer there.
    """

    shown: tuple[Diagnostic, ...]
    known: tuple[Diagnostic, ...]
    gone: tuple[Entry, ...]


class Baseline(NamedTuple):
    """The entries of a baseline, each once, in order. `path` is that of the file."""

    path: str
    entries: tuple[Entry, ...] = ()

    def match(
        self,
        found: Iterable[Diagnostic],
        names: Mapping[str, str],
        judged: Callable[[Entry], bool],
        *,
        fixed: Collection[str] = (),
    ) -> Matched:
        """Return what is left of findings, in their order, what is held back, and which entries are gone.

        `names` are the ids by each name of a rule. An entry that is not `judged` is never gone: this run could not find
        it. What the rules `fixed` find is never held back.
        """
        current = [each._replace(rule=names.get(each.rule, each.rule)) for each in self.entries]
        left = Counter({each.key: each.times for each in current})
        shown: list[Diagnostic] = []
        known: list[Diagnostic] = []
        for diagnostic in found:
            key = _key(diagnostic.rule, diagnostic.about) if diagnostic.about is not None else None
            if diagnostic.rule in fixed:
                key = None
            if key is not None and left[key] > 0:
                left[key] -= 1
                known.append(diagnostic)
            else:
                shown.append(diagnostic)
        gone = tuple(each._replace(times=left[each.key]) for each in current if left[each.key] > 0 and judged(each))
        return Matched(tuple(shown), tuple(known), gone)

    def without(self, gone: Iterable[Entry]) -> Baseline:
        """Return a baseline without what is gone."""
        less = Counter({each.key: each.times for each in gone})
        entries = (each._replace(times=each.times - less[each.key]) for each in self.entries)
        return self._replace(entries=tuple(each for each in entries if each.times > 0))

    def with_findings(self, found: Iterable[Diagnostic]) -> Baseline:
        """Return a baseline with findings beside its own; those that it may not hold are left out."""
        return self._replace(entries=_merged([*self.entries, *entries_of(found)], sum))

    @property
    def text(self) -> str:
        """Return the baseline as its file has it, an entry a line."""
        if not self.entries:
            return f"{_HEAD}findings: []\n"
        return f"{_HEAD}findings:\n" + "".join(f"  - {_line(each)}\n" for each in self.entries)


def baseline_text(found: Iterable[Diagnostic]) -> str:
    """Return the text of a new baseline that holds findings; those that it may not hold are left out."""
    return Baseline("").with_findings(found).text


def entries_of(found: Iterable[Diagnostic]) -> tuple[Entry, ...]:
    """Return findings as entries, in order. What is wrong with the form of a policy is none."""
    return _merged([Entry(each.rule, each.about) for each in found if each.about is not None], sum)


def gone_from_both(
    gone: Iterable[Entry], known: Iterable[Diagnostic], others: Iterable[Diagnostic]
) -> tuple[Entry, ...]:
    """Return what is left of entries that are gone, where another run finds more than the `known` of this one."""
    here, there = (Counter({each.key: each.times for each in entries_of(found)}) for found in (known, others))
    more = there - here
    left = (each._replace(times=each.times - more[each.key]) for each in gone)
    return tuple(each for each in left if each.times > 0)


def read_baseline(source: Source, store: SchemaStore) -> Baseline:
    """Return a baseline. An entry that is there twice, as after a merge, counts once.

    Raises UsageError at the first thing wrong with it.
    """
    node, problems = parse(source)
    value: dict[str, Any] = {}
    if node is not None and not problems:
        value, problems = validate(CompiledSchema(store, BASELINE), source, node)
    if problems:
        hint = problems[0].help or "fix it, or make a new one: delete it and run `policylint lint --update-baseline`"
        raise UsageError(f"the baseline cannot be read: {problems[0].message}", help=hint, span=problems[0].span)
    if node is None:
        raise FileError("empty", path=source.path, help="delete it and run `policylint lint --update-baseline`")
    return Baseline(source.path, _merged([_entry(each) for each in value["findings"]], max))


def _entry(value: Mapping[str, Any]) -> Entry:
    words = tuple(sorted(value.get("words", {}).items()))
    return Entry(value["rule"], About(value.get("kind", ""), value.get("name", ""), words), value.get("times", 1))


def _key(rule: str, about: About) -> tuple[Any, ...]:
    return rule, about.kind, fold(about.name), tuple((name, fold(word)) for name, word in about.words)


def _merged(entries: Sequence[Entry], times: Callable[[Iterable[int]], int]) -> tuple[Entry, ...]:
    """Return entries in order, alike ones as one."""
    alike: dict[tuple[Any, ...], list[Entry]] = {}
    for each in entries:
        alike.setdefault(each.key, []).append(each)
    return tuple(alike[key][0]._replace(times=times([each.times for each in alike[key]])) for key in sorted(alike))


def _line(entry: Entry) -> str:
    words = ", ".join(f"{name}: {_quoted(word)}" for name, word in entry.about.words)
    parts = [
        f"rule: {entry.rule}",
        *([f"kind: {entry.about.kind}"] if entry.about.kind else []),
        *([f"name: {_quoted(entry.about.name)}"] if entry.about.name else []),
        *([f"words: {{{words}}}"] if words else []),
        *([f"times: {entry.times}"] if entry.times > 1 else []),
    ]
    return f"{{{', '.join(parts)}}}"


def _quoted(word: str) -> str:
    return text_of(word, flow=True)
