"""Findings as text: a verdict, then each finding with its location and the lines that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.escape import clean
from policylint.phrases import count
from policylint.render.diagnostics.snippet import Mark, snippet
from policylint.render.style import COLORS, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.source import Source


def verdict(diagnostics: Sequence[Diagnostic], files: int, held_back: str = "") -> str:
    """Return one line that says how many findings of each severity there are; `held_back` says what is not shown."""
    numbers = {severity: sum(found.severity is severity for found in diagnostics) for severity in Severity}
    words = [
        count(numbers[Severity.ERROR], "error"),
        count(numbers[Severity.WARNING], "warning"),
        count(numbers[Severity.INFO], "note"),
    ]
    shown = [word for word in words if not word.startswith("0 ")]
    line = ", ".join(shown) if shown else "no findings"
    return line + f" in {count(files, 'file')}" + (f" ({held_back})" if held_back else "")


def render_verdict(diagnostics: Sequence[Diagnostic], *, files: int, style: Style, held_back: str = "") -> str:
    """Return the verdict in the color of the worst finding, ending in a line end."""
    worst = next((severity for severity in Severity if any(found.severity is severity for found in diagnostics)), None)
    color = COLORS[worst] if worst is not None else "green"
    return style.paint(verdict(diagnostics, files, held_back), "bold", color) + "\n"


def render_text(diagnostics: Sequence[Diagnostic], *, files: int, style: Style, held_back: str = "") -> str:
    """Return the findings as text, ending in a line end."""
    parts = [render_verdict(diagnostics, files=files, style=style, held_back=held_back)]
    parts.extend("\n" + render_one(diagnostic, style) for diagnostic in diagnostics)
    return "".join(parts)


def fixable(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one line that says how many findings can be fixed, empty where none can."""
    fixes = [found.fix for found in diagnostics if found.fix is not None and found.fix.edits]
    safe = sum(fix.safe for fix in fixes)
    more = len(fixes) - safe
    if not fixes:
        return ""
    if not safe:
        return f"{more:,} fixable with --fix --unsafe\n"
    return f"{safe:,} fixable with --fix" + (f" ({more:,} more with --unsafe)" if more else "") + "\n"


def render_one(diagnostic: Diagnostic, style: Style) -> str:
    """Return one finding: its head line, which programs can read, the lines that it is about, and its remedy."""
    lines = [
        f"{style.paint(clean(str(diagnostic.span)), 'bold')}: {style.word(diagnostic.severity, 'bold')}: "
        f"{clean(diagnostic.message)} {style.paint(clean(f'[{diagnostic.rule}]'), 'dim')}"
    ]
    first = Mark.of(diagnostic.span, diagnostic.label, "^", COLORS[diagnostic.severity])
    files: dict[Source, list[Mark]] = {diagnostic.span.source: [first]}
    for label in diagnostic.related:
        files.setdefault(label.span.source, []).append(Mark.of(label.span, label.message, "-", "blue"))
    shown = [mark.last.line for source, marks in files.items() for mark in marks if source.text]
    gutter = len(str(max(shown, default=1)))
    for source, marks in files.items():
        if source != diagnostic.span.source:
            begin = marks[0].begin
            where = f"{source.path}:{begin.line}:{begin.column}"
            lines.append(f"{' ' * gutter} {style.paint('-->', 'dim')} {clean(where)}")
        lines.extend(_lines(source, marks, gutter, style))
    lines.extend(f"{' ' * gutter} = {word}: {clean(text)}" for word, text in _notes(diagnostic))
    return "".join(f"{line}\n" for line in lines)


def _lines(source: Source, marks: Sequence[Mark], gutter: int, style: Style) -> Iterable[str]:
    """Return the lines of a source with marks; where there is no text of it, what there is to say."""
    if source.text:
        return snippet(source, marks, gutter, style)
    return [f"{' ' * gutter} = {clean(mark.text)}" for mark in marks if mark.text]


def _notes(diagnostic: Diagnostic) -> Iterable[tuple[str, str]]:
    if diagnostic.help:
        yield "help", diagnostic.help
    if diagnostic.fix is not None:
        yield "fix" if diagnostic.fix.safe else "fix (unsafe)", diagnostic.fix.title
