"""Findings as text: a verdict, then each finding with its location and the lines that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.phrases import count
from policylint.render.diagnostics.snippet import Mark, snippet
from policylint.render.style import COLORS, Style, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.diagnostic import Diagnostic


def verdict(diagnostics: Sequence[Diagnostic], files: int, hidden: int) -> str:
    """Return one line that says how many findings of each severity there are, and how many a comment hides."""
    numbers = {severity: sum(found.severity is severity for found in diagnostics) for severity in Severity}
    words = [
        count(numbers[Severity.ERROR], "error"),
        count(numbers[Severity.WARNING], "warning"),
        count(numbers[Severity.INFO], "note"),
    ]
    shown = [word for word in words if not word.startswith("0 ")]
    line = ", ".join(shown) if shown else "no findings"
    line += f" in {count(files, 'file')}"
    return line + (f" ({count(hidden, 'finding')} ignored by comments)" if hidden else "")


def render_text(diagnostics: Sequence[Diagnostic], *, files: int, hidden: int, style: Style) -> str:
    """Return the findings as text, ending in a line end."""
    worst = next((severity for severity in Severity if any(found.severity is severity for found in diagnostics)), None)
    color = COLORS[worst] if worst is not None else "green"
    parts = [style.paint(verdict(diagnostics, files, hidden), "bold", color) + "\n"]
    parts.extend("\n" + render_one(diagnostic, style) for diagnostic in diagnostics)
    return "".join(parts)


def render_one(diagnostic: Diagnostic, style: Style) -> str:
    """Return one finding: its head line, which programs can read, the lines that it is about, and its remedy."""
    lines = [
        f"{style.paint(clean(str(diagnostic.span)), 'bold')}: {style.word(diagnostic.severity, 'bold')}: "
        f"{clean(diagnostic.message)} {style.paint(f'[{diagnostic.rule}]', 'dim')}"
    ]
    files: dict[str, list[Mark]] = {
        diagnostic.span.path: [Mark(diagnostic.span, diagnostic.label, "^", COLORS[diagnostic.severity])]
    }
    for label in diagnostic.related:
        files.setdefault(label.span.path, []).append(Mark(label.span, label.message, "-", "blue"))
    shown = [mark.span.last.line for marks in files.values() for mark in marks if mark.span.source.text]
    gutter = len(str(max(shown, default=1)))
    for path, marks in files.items():
        if path != diagnostic.span.path:
            lines.append(f"{' ' * gutter} {style.paint(':::', 'dim')} {clean(str(marks[0].span))}")
        lines.extend(_lines(marks, gutter, style))
    lines.extend(f"{' ' * gutter} = {word}: {clean(text)}" for word, text in _notes(diagnostic))
    return "".join(f"{line}\n" for line in lines)


def _lines(marks: Sequence[Mark], gutter: int, style: Style) -> Iterable[str]:
    """Return the lines of a source with marks; where there is no text of it, what there is to say."""
    source = marks[0].span.source
    if source.text:
        return snippet(source, marks, gutter, style)
    return [f"{' ' * gutter} = {clean(mark.text)}" for mark in marks if mark.text]


def _notes(diagnostic: Diagnostic) -> Iterable[tuple[str, str]]:
    if diagnostic.help:
        yield "help", diagnostic.help
    if diagnostic.fix is not None:
        yield "fix" if diagnostic.fix.safe else "fix (unsafe)", diagnostic.fix.title
