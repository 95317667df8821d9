"""What an editor offers to do about findings: their fixes, ignoring one with a reason, and every safe fix at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.edits import TextEdit, splice
from policylint.errors import PolicylintError
from policylint.named_tuple import NamedTuple
from policylint.phrases import capital
from policylint.schema.explain import RULE as SCHEMA
from policylint.source import Source, Span
from policylint.syntax.parse import parse
from policylint.syntax.suppression import suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.editor.project import EditorProject
    from policylint.lint.rule import Rule

NOT_IGNORABLE = frozenset({SCHEMA, "syntax", "file", "suppression"})
"""What no comment can hide, whatever rules there are."""


class Action(NamedTuple):
    """Something to do about a finding. `safe` says that it changes no device's access."""

    title: str
    finding: Diagnostic
    edits: tuple[TextEdit, ...]
    safe: bool
    is_fix: bool = True


def actions(
    found: Iterable[Diagnostic], start: int, end: int, rules: Sequence[Rule], fixed: Collection[str]
) -> Iterator[Action]:
    """Yield what can be done about the findings of a file in a range of offsets, fixes first.

    `fixed` are the ids of the rules that no comment may ignore.
    """
    here = [each for each in found if each.span.start <= end and start <= each.span.end]
    for each in here:
        if each.fix is not None and each.fix.edits:
            title = each.fix.title if each.fix.safe else f"{each.fix.title} (may change which devices have access)"
            yield Action(capital(title), each, each.fix.edits, each.fix.safe)
    known = {rule.id for rule in rules} - NOT_IGNORABLE - {*fixed}
    done = set()
    for each in here:
        edit = _ignore(each) if each.rule in known and (each.rule, each.span.start) not in done else None
        done.add((each.rule, each.span.start))
        if edit is not None:
            yield Action(f"Ignore {each.rule} here, with a reason to write", each, (edit,), safe=True, is_fix=False)


def _ignore(found: Diagnostic) -> TextEdit | None:
    """Return the edit that writes an ignore comment above a finding, which still needs its reason.

    None where a comment cannot stand there, as inside of a text of several lines.
    """
    source, line = found.span.source, found.span.begin.line
    at = source.offset_of_line(line)
    text = source.line(line)
    indent = text[: len(text) - len(text.lstrip(" "))]
    edit = TextEdit(Span(source, at, at), f"{indent}# policylint: ignore[{found.rule}] {source.line_end}")
    after = Source(source.path, splice(source.text, [edit]))
    root, problems = parse(after)
    comments = suppressions(after, root)
    is_right = any(each.line == line + 1 and found.rule in each.rules for each in comments)
    return edit if is_right and not problems else None


def fix_all(project: EditorProject, paths: Collection[str]) -> Mapping[str, TextEdit]:
    """Return, for each file that safe fixes change, the edit that makes them, as `lint --fix` does."""
    from policylint.project.fix import fix

    try:
        fixed = fix(project, paths)
    except PolicylintError:
        return {}
    if fixed.edited is None:
        return {}
    before = {each.source.path: each.source for each in project.loaded}
    return {path: replacement(before[path], text) for path, text in fixed.edited.texts.items() if path in before}


def replacement(source: Source, text: str) -> TextEdit:
    """Return the edit that makes a text of another one, without what both begin and end with."""
    old, start, end = source.text, 0, 0
    most = min(len(old), len(text))
    while start < most and old[start] == text[start]:
        start += 1
    while end < most - start and old[-1 - end] == text[-1 - end]:
        end += 1
    return TextEdit(Span(source, start, len(old) - end), text[start : len(text) - end])
