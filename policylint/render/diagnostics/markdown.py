"""Findings as Markdown: the comment of a pull request, or the summary of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.phrases import count
from policylint.render.diagnostics.held_back import held_back
from policylint.render.diagnostics.weakened import head, lines
from policylint.render.markdown import (
    LARGEST,
    Block,
    code,
    compose,
    list_block,
    live_state_block,
    long_text,
    table_block,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.lint.run import LintResult
    from policylint.render.people import NameMask

COMMAND = "policylint lint"

_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render_markdown(result: LintResult, mask: NameMask, live_state: Sequence[str] = (), *, size: int = LARGEST) -> str:
    """Return the findings as Markdown, all ASCII, of no more than `size` characters, at least 2,000.

    How the branch makes less be found comes first. The errors are listed, warnings and notes are folded. `mask` takes
    people out of it. `live_state` says which snapshots it rests on.
    """
    blocks = [
        _weakened(result, mask),
        *(_block(result, each, mask) for each in Severity),
        live_state_block(live_state, mask),
    ]
    return compose(_head(result), blocks, size=size, command=COMMAND)


def _head(result: LintResult) -> str:
    numbers = {each: sum(found.severity is each for found in result.diagnostics) for each in Severity}
    words = ", ".join(count(numbers[each], _NOUNS[each]) for each in Severity if numbers[each])
    head = f"### {words or 'No findings'} in {count(result.files, 'file')}\n"
    not_shown = ", ".join(f"{each.number:,} {each.words}" for each in held_back(result))
    return head + (f"\nNot shown: {not_shown}.\n" if not_shown else "")


def _weakened(result: LintResult, mask: NameMask) -> Block:
    """Return the part that says how the branch makes less be found: it is never folded."""
    every = [long_text(mask.hide(words)) for words in lines(result, len(result.weakened))]
    return list_block(long_text(mask.hide(head(result).capitalize())), every, len(every), "changes")


def _block(result: LintResult, severity: Severity, mask: NameMask) -> Block:
    found = [each for each in result.diagnostics if each.severity is severity]
    title, noun = count(len(found), _NOUNS[severity]).capitalize(), f"{_NOUNS[severity]}s"
    if severity is Severity.ERROR:
        return list_block(title, (f"{_place(each, mask)}: {_what(each, mask)}" for each in found), len(found), noun)
    rows: Sequence[tuple[str, ...]] = [(_place(each, mask), _what(each, mask)) for each in found]
    return table_block(title, ("Where", "What"), rows, len(found), noun)


def _place(found: Diagnostic, mask: NameMask) -> str:
    return code(f"{mask.hide(found.span.path)}:{found.span.begin.line}")


def _what(found: Diagnostic, mask: NameMask) -> str:
    """Return what is wrong, by which rule, and what to do, on one line."""
    label = f" ({found.label})" if found.label else ""
    text = f"{long_text(mask.hide(found.message + label))} {code(f'[{found.rule}]')}"
    return text + (f"<br>help: {long_text(mask.hide(found.help))}" if found.help else "")
