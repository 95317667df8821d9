"""A pack as one HTML file: no network, readable without JavaScript, sortable with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import to_html
from policylint.lint.controls import OUTCOMES
from policylint.phrases import count
from policylint.render.pack.view import findings_of
from policylint.render.simulation.html import MOST_ROWS, Part, document, facts_of, local, section

if TYPE_CHECKING:
    from policylint.diagnostic import Diagnostic
    from policylint.lint.controls import Checked
    from policylint.render.pack.view import PackReport, Standing
    from policylint.render.simulation.html import About, Section

_CONTROLS = ("Control", "Result", "Asks for", "Severity", "Checked", "Findings", "Because")
_FINDINGS = ("Control", "Result", "Where", "What", "What to do")
_ACCEPTED = ("Control", "Where", "What", "Reason", "Until", "Owner")


def render_pack_html(report: PackReport, about: About, *, full: bool) -> str:
    """Return the report, all ASCII; without `full`, what a browser shows at once."""
    meanings = "".join(f"<li><strong>{name}</strong>: {to_html(words)}</li>" for name, words in OUTCOMES.items())
    title = f"Controls of {report.verdict}"
    head = (
        f"<h1>{to_html(title)}</h1>\n<p>{to_html(report.purpose)}; {to_html(report.rests_on)}</p>\n"
        f"<p>{facts_of(about)}</p>\n<ul>{meanings}</ul>\n"
    )
    found = [(each, standing, finding) for each in report.controls for standing, finding in findings_of(each)]
    count_ = [each for each in found if each[1] != "accepted"]
    accepted = [each for each in found if each[1] == "accepted"]
    sections = [
        _controls(report),
        *([_findings(count_, full)] if count_ else []),
        *([_accepted(accepted, full)] if accepted else []),
    ]
    return document(title, head, sections, about)


def _controls(report: PackReport) -> Section:
    caption = count(len(report.controls), "control")
    part = Part("controls", "Controls", caption, _CONTROLS, frozenset({"Checked", "Findings"}), rows="controls")

    def cells(each: Checked) -> tuple[str, ...]:
        checked = f"{each.objects:,}" if each.objects is not None else ""
        texts = (each.number, each.outcome, each.title, each.rule.severity, checked)
        number = sum(1 for _ in findings_of(each))
        return tuple(map(to_html, (*texts, f"{number:,}", each.why)))

    return section(part, report.controls, cells)


def _findings(found: list[tuple[Checked, Standing, Diagnostic]], full: bool) -> Section:
    shown = found if full else found[:MOST_ROWS]
    part = Part("findings", "Findings", count(len(found), "finding"), _FINDINGS, frozenset(), rows="findings")

    def cells(row: tuple[Checked, Standing, Diagnostic]) -> tuple[str, ...]:
        control, standing, each = row
        where = f"{local(each.span.path)}:{each.span.begin.line}"
        state = "a known failure, in the baseline" if standing == "baseline" else "a failure"
        return tuple(map(to_html, (control.number, state, where, each.message, each.help or "")))

    return section(part, shown, cells, left=len(found) - len(shown), elsewhere="JSON has them all")


def _accepted(found: list[tuple[Checked, Standing, Diagnostic]], full: bool) -> Section:
    shown = found if full else found[:MOST_ROWS]
    caption = f"{count(len(found), 'finding')} that comments ignore"
    part = Part("accepted", "Accepted", caption, _ACCEPTED, frozenset(), rows="findings")

    def cells(row: tuple[Checked, Standing, Diagnostic]) -> tuple[str, ...]:
        control, _standing, each = row
        ignored = each.ignored
        said = (ignored.reason, ignored.until, ignored.owner) if ignored is not None else ("", "", "")
        where = f"{local(each.span.path)}:{each.span.begin.line}"
        return tuple(map(to_html, (control.number, where, each.message, *said)))

    return section(part, shown, cells, left=len(found) - len(shown), elsewhere="JSON has them all")
