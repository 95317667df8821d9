"""A bad example without what is wrong in it: the finding is gone, and the others of the rule stay.

What is left out is the least that is enough: an item of a list, a key, an entry, a section, live state, the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from policylint.edit.splice import Splicer
from policylint.edits import TextEdit, in_order, splice
from policylint.model.lock import LOCK_NAME
from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, Node, SequenceNode
from policylint.syntax.parse import parse
from tests.rules.harness import Example, folders, lint, rules, source_of, store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from policylint.diagnostic import Diagnostic
    from policylint.lint.rule import Rule

BY_ID = {rule.id: rule for rule in rules()}
BAD = [(folder.name, path) for folder in folders() for path in sorted((folder / "bad").glob("*.yaml"))]
REQUIRED = {"AccessLevel", *(name for kind in store().object_types.values() for name in kind.key)}
"""What an entry is not valid without."""
Spot = tuple[Node, "str | int"]
"""A key of a mapping, or the place of an item in a list."""


class Case(NamedTuple):
    """A policy and what belongs to it: texts by their paths, settings, and live state."""

    texts: dict[str, Source]
    settings: str
    live: dict[str, Any] | None

    def found(self, rule: Rule) -> tuple[Diagnostic, ...] | None:
        """Return what a rule finds; None where the policy is not valid."""
        policies = [source for path, source in self.texts.items() if path != LOCK_NAME]
        lock = self.texts.get(LOCK_NAME)
        found = lint(policies, self.live, self.settings, [rule], lock.text if lock is not None else None).diagnostics
        of_rule = tuple(each for each in found if each.rule == rule.id)
        return of_rule if len(of_rule) == len(found) else None


class Without(NamedTuple):
    """A case with less in it: `gone` is the text that is left out, as a place in what was there before."""

    case: Case
    path: str = ""
    edits: tuple[TextEdit, ...] = ()
    gone: Span | None = None

    def before(self, span: Span) -> tuple[str, int]:
        """Return the path and the offset that a place had before."""
        start = span.start
        for edit in in_order(self.edits) if span.path == self.path else ():
            if edit.span.start + len(edit.text) > start:
                break
            start += edit.span.end - edit.span.start - len(edit.text)
        return span.path, start

    def takes(self, span: Span) -> bool:
        """Return whether a place of before is in what is left out."""
        return self.gone is not None and span.path == self.path and self.gone.start <= span.start < self.gone.end


def without_text(case: Case, path: str, chain: Sequence[Spot]) -> Without:
    """Return a case without the last of a chain of places, each in the one before; with its holder if it is alone."""
    source = case.texts[path]
    while len(chain) > 1 and len(_parts(chain[-1][0])) == 1:
        chain = chain[:-1]
    holder, key = chain[-1]
    root = chain[0][0]
    node = _parts(holder)[key]
    start = holder.key_at(key)[0] if isinstance(holder, MappingNode) and isinstance(key, str) else node.start
    if len(_parts(holder)) == 1:
        edits: tuple[TextEdit, ...] = (TextEdit(Span(source, root.start, root.end), "{}\n"),)
    elif isinstance(holder, MappingNode):
        edits = tuple(Splicer(source, root).without_keys(holder, (str(key),)))
    else:
        assert isinstance(holder, SequenceNode)
        edits = tuple(Splicer(source, root).without_items(holder, (int(key),)))
    texts = {**case.texts, path: Source(path, splice(source.text, edits))}
    return Without(case._replace(texts=texts), path, edits, Span(source, start, max(node.end, start)))


def _parts(node: Node) -> dict[Any, Node]:
    if isinstance(node, MappingNode):
        return dict(node.values)
    return dict(enumerate(node.items)) if isinstance(node, SequenceNode) else {}


def chain_to(root: Node, offset: int) -> list[Spot]:
    """Return the places that hold an offset, from the outermost to the innermost."""
    for key, node in _parts(root).items():
        start = root.key_at(key)[0] if isinstance(root, MappingNode) else node.start
        if start <= offset < max(node.end, start + 1):
            return [(root, key), *chain_to(node, offset)]
    return []


def ways(case: Case, finding: Diagnostic) -> Iterator[Without]:
    """Yield the case without what may be the cause of a finding, the smallest first."""
    roots = {path: root for path, source in case.texts.items() if (root := parse(source)[0]) is not None}
    for span in (finding.span, *(label.span for label in finding.related)):
        if span.path not in roots:
            continue
        chain = chain_to(roots[span.path], span.start)
        for length in range(len(chain), 0, -1):
            if chain[length - 1][1] not in REQUIRED:
                yield without_text(case, span.path, chain[:length])
    for path, root in roots.items():
        for section, node in _parts(root).items():
            for key in _parts(node):
                yield without_text(case, path, [(root, section), (node, key)])
    for section, rows in (case.live or {}).items():
        keys = list(range(min(2, len(rows)))) if isinstance(rows, list) else list(rows)
        for key in keys:
            less = [row for at, row in enumerate(rows) if at != key] if isinstance(rows, list) else dict(rows)
            if isinstance(less, dict):
                del less[key]
            yield Without(case._replace(live={**(case.live or {}), section: less}))
        if isinstance(rows, list):
            yield Without(case._replace(live={**(case.live or {}), section: []}))
    yield Without(case._replace(settings="{}"))


def is_silent(rule: Rule, finding: Diagnostic, all_of_them: Sequence[Diagnostic], less: Without) -> bool:
    """Return whether a finding is gone, and those of the text that stays are all there and no others."""
    found = less.case.found(rule)
    if found is None:
        return False
    left = [each for each in all_of_them if each is not finding and not less.takes(each.span)]
    return sorted(less.before(each.span) for each in found) == sorted((e.span.path, e.span.start) for e in left)


@pytest.mark.parametrize(("name", "path"), BAD, ids=[f"{name}/{path.stem}" for name, path in BAD])
def test_a_bad_example_without_its_cause_is_silent(name: str, path: Path) -> None:
    example, rule = Example(path), BY_ID[name]
    source = source_of(path)
    texts = {source.path: source}
    if example.lock is not None:
        texts[LOCK_NAME] = Source(LOCK_NAME, example.lock)
    case = Case(texts, example.settings_for(rule), example.live)
    found = case.found(rule)
    assert found
    for finding in found:
        assert any(is_silent(rule, finding, found, less) for less in ways(case, finding)), finding.message


def test_what_is_still_there_is_not_silent() -> None:
    name, path = BAD[0]
    rule, example = BY_ID[name], Example(path)
    case = Case({"a.yaml": Source("a.yaml", source_of(path).text)}, example.settings_for(rule), example.live)
    found = case.found(rule)
    assert found
    assert not is_silent(rule, found[0], found, Without(case))
