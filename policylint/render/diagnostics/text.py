"""Findings as text: a verdict, then each finding with its place and the lines it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Severity
from policylint.phrases import count
from policylint.render.style import Style, cells, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.source import Span

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


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
    color = _COLORS[worst] if worst is not None else "green"
    parts = [style.paint(verdict(diagnostics, files, hidden), "bold", color) + "\n"]
    parts.extend("\n" + render_one(diagnostic, style) for diagnostic in diagnostics)
    return "".join(parts)


def render_one(diagnostic: Diagnostic, style: Style) -> str:
    """Return one finding with its source frame and its remedy."""
    color = _COLORS[diagnostic.severity]
    head = (
        f"{style.paint(str(diagnostic.span), 'bold')}: {style.paint(str(diagnostic.severity), 'bold', color)}: "
        f"{clean(diagnostic.message)} {style.paint(f'[{diagnostic.rule}]', 'dim')}"
    )
    lines = [head]
    labels = [(diagnostic.span, "")] + [(label.span, label.message) for label in diagnostic.related]
    gutter = max((len(str(span.begin.line)) for span, _ in labels if span.source.text), default=1)
    for span, words in labels:
        lines.extend(_frame(span, words, gutter, diagnostic.span.path, color, style))
    if diagnostic.help:
        lines.append(f"{' ' * gutter} = help: {clean(diagnostic.help)}")
    return "".join(f"{line}\n" for line in lines)


def _frame(span: Span, words: str, gutter: int, path: str, color: str, style: Style) -> Iterable[str]:
    if not span.source.text:
        return
    begin, finish = span.begin, span.finish
    text = span.source.line(begin.line)
    last = finish.column if finish.line == begin.line else len(text) + 1
    before, marked = text[: begin.column - 1], text[begin.column - 1 : last - 1]
    before, marked, room = _window(before, marked, max(40, style.width - gutter - 4))
    if words:
        place = f"{span.path}:{begin.line}" if span.path != path else f"line {begin.line}"
        yield f"{' ' * gutter} {style.paint('=', 'dim')} {clean(words)}, {place}"
    bar = style.paint("|", "dim")
    yield f"{' ' * gutter} {bar}"
    rest = text[begin.column - 1 :]
    shown = clean((before + rest)[:room].replace("\t", " "))
    yield f"{style.paint(f'{begin.line:>{gutter}}', 'dim')} {bar} {shown}".rstrip()
    underline = "^" * max(1, cells(clean(marked.replace("\t", " "))))
    yield f"{' ' * gutter} {bar} {' ' * cells(clean(before.replace(chr(9), ' ')))}{style.paint(underline, color)}"


def _window(before: str, marked: str, width: int) -> tuple[str, str, int]:
    """Return what stands before and in the marked part, cut where a line is longer than the screen."""
    if len(before) > width // 2:
        before = "..." + before[len(before) - width // 2 :]
    return before, marked[: max(1, width - len(before))], width
