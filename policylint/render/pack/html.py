"""A pack as one HTML file: no network, readable without JavaScript, sortable with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import to_html
from policylint.lint.controls import OUTCOMES
from policylint.phrases import count
from policylint.render.facts import local
from policylint.render.pack.view import findings_of
from policylint.render.page.document import Head, document, plain_section
from policylint.render.page.table import MOST_ROWS, Column, Part, Row, table_section

if TYPE_CHECKING:
    from policylint.diagnostic import Diagnostic
    from policylint.lint.controls import Checked
    from policylint.render.facts import Facts
    from policylint.render.pack.view import PackReport, Standing
    from policylint.render.page.document import Section

_CONTROLS = (
    Column("Control", find="Control"),
    Column("Result", "short"),
    Column("Asks for", find="Control"),
    Column("Severity", "short"),
    Column("Checked", "number"),
    Column("Findings", "number"),
    Column("Because"),
)
_FINDINGS = tuple(map(Column, ("Control", "Result", "Where", "What", "What to do")))
_ACCEPTED = tuple(map(Column, ("Control", "Where", "What", "Reason", "Until", "Owner")))


def render_pack_html(report: PackReport, facts: Facts, *, full: bool) -> str:
    """Return the report, all ASCII; without `full`, what a browser shows at once."""
    found = [(each, standing, finding) for each in report.controls for standing, finding in findings_of(each)]
    count_ = [each for each in found if each[1] != "accepted"]
    accepted = [each for each in found if each[1] == "accepted"]
    sections = [
        _controls(report),
        *([_findings(count_, full)] if count_ else []),
        *([_accepted(accepted, full)] if accepted else []),
        _meanings(),
    ]
    facts = facts._replace(more=(("As of", str(report.today)),))
    return document(Head("Controls", f"Controls of {report.verdict}", facts, lead=(report.purpose,)), sections)


def _meanings() -> Section:
    """Return what each result means."""
    items = "".join(f"<dt>{name}</dt>\n<dd>{to_html(words)}</dd>\n" for name, words in OUTCOMES.items())
    return plain_section("results", "What the results mean", f'<dl class="words">\n{items}</dl>\n')


def _controls(report: PackReport) -> Section:
    part = Part(
        *("controls", "Controls", count(len(report.controls), "control"), _CONTROLS, "control"),
        choices=(("result", "Result"), ("severity", "Severity")),
    )

    def row(each: Checked) -> Row:
        checked = f"{each.objects:,}" if each.objects is not None else ""
        texts = (each.number, each.outcome, each.title, each.rule.severity, checked)
        number = sum(1 for _ in findings_of(each))
        choices = (("result", (each.outcome,)), ("severity", (str(each.rule.severity),)))
        return Row([*map(to_html, (*texts, f"{number:,}", each.why))], choices)

    return table_section(part, [*map(row, report.controls)])


def _findings(found: list[tuple[Checked, Standing, Diagnostic]], full: bool) -> Section:
    shown = found if full else found[:MOST_ROWS]
    part = Part("findings", "Findings", count(len(found), "finding"), _FINDINGS, "finding", (("control", "Control"),))

    def row(each: tuple[Checked, Standing, Diagnostic]) -> Row:
        control, standing, finding = each
        where = f"{local(finding.span.path)}:{finding.span.begin.line}"
        state = "a known failure, in the baseline" if standing == "baseline" else "a failure"
        texts = (control.number, state, where, finding.message, finding.help or "")
        return Row([*map(to_html, texts)], (("control", (control.number,)),))

    return table_section(part, [*map(row, shown)], left=len(found) - len(shown), elsewhere="JSON has them all")


def _accepted(found: list[tuple[Checked, Standing, Diagnostic]], full: bool) -> Section:
    shown = found if full else found[:MOST_ROWS]
    caption = f"{count(len(found), 'finding')} that comments ignore"
    part = Part("accepted", "Accepted", caption, _ACCEPTED, "finding")

    def row(each: tuple[Checked, Standing, Diagnostic]) -> Row:
        control, _standing, finding = each
        ignored = finding.ignored
        said = (ignored.reason, ignored.until, ignored.owner) if ignored is not None else ("", "", "")
        where = f"{local(finding.span.path)}:{finding.span.begin.line}"
        return Row([*map(to_html, (control.number, where, finding.message, *said))])

    return table_section(part, [*map(row, shown)], left=len(found) - len(shown), elsewhere="JSON has them all")
