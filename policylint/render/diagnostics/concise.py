"""Findings as one line each, for programs that read lines: editors, `grep`, `sort`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.render.style import Style


def render_concise(diagnostics: Sequence[Diagnostic], style: Style) -> str:
    """Return `path:line:column: severity[rule] message` for each finding; empty where there is none."""
    return "".join(
        f"{style.paint(clean(str(found.span)), 'bold')}: {style.word(found.severity, 'bold')}[{clean(found.rule)}]"
        f" {clean(found.message)}\n"
        for found in diagnostics
    )
