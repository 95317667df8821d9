"""A pack as text: the verdict, a table of controls, then each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.render.pack.view import findings_of, ignored_words
from policylint.render.phrases import left_out
from policylint.render.style import Column, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.lint.controls import Checked
    from policylint.render.pack.view import PackReport
    from policylint.render.style import Style

MOST = 5
"""How many findings of one control are shown without --full."""


def render_pack(report: PackReport, *, style: Style, full: bool) -> str:
    """Return the report as text; without `full`, a few findings of each control."""
    rows = [(each.outcome, each.number, str(each.rule.severity), each.title, each.why) for each in report.controls]
    columns = [Column("result"), Column("control"), Column("severity"), Column("asks for"), Column("because")]
    parts = [style.paint(report.verdict, "bold") + "\n", table(rows, columns, screen=style.screen)]
    parts += ["".join(f"{clean(line)}\n" for line in _found(each, full)) for each in report.controls]
    return "\n".join([*filter(None, parts), f"{report.pack}, {report.purpose}; {report.rests_on}\n"])


def _found(checked: Checked, full: bool) -> Iterator[str]:
    """Yield the lines about what was found of a control."""
    found = tuple(findings_of(checked))
    if not found:
        return
    yield f"{checked.number}: {checked.outcome}"
    for standing, each in found if full else found[:MOST]:
        words = {"open": "", "baseline": " (in the baseline)", "accepted": " (accepted)"}[standing]
        yield f"  {each.span}: {each.message}{words}"
        if standing == "accepted" and (why := ignored_words(each.ignored)):
            yield f"    {why}"
    if not full and len(found) > MOST:
        yield f"  {left_out(len(found) - MOST)}"
