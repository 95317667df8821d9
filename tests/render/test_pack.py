"""The report of a pack in each format: what counts, what the baseline holds, what comments accept and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from policylint.diagnostic import Diagnostic, Ignored, Severity
from policylint.lint.controls import Checked, Outcome
from policylint.lint.rule import Control
from policylint.plan.plan import Revision
from policylint.render.facts import Facts
from policylint.render.pack.html import render_pack_html
from policylint.render.pack.json import pack_record
from policylint.render.pack.text import render_pack
from policylint.render.pack.view import PackReport
from policylint.render.style import Style
from policylint.source import Source, Span
from tests.render.test_rendered import extension
from tests.texts import output_schema, shared

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

SOURCE = Source("policy/a.yaml", "mailboxes:\n  - Identity: eva@contoso.com\n")
SPAN = Span(SOURCE, 13, 40)
COMMENT = Ignored(SPAN, "kiosk <b>phones</b>\x1b[31m", "2027-01-31", "help-desk")
FOUND = Diagnostic("cis-password-short", Severity.WARNING, SPAN, "length of `\x1b[2J<i>` is 3", "set `4`")
FACTS = Facts(
    *("1.2.3", "exchange-online", "2026-11-28T12:00:00Z", "contoso.com", "1111-2222"),
    snapshot="live.json",
    taken_at="2026-11-20T06:00:00Z",
    files=1,
    revision="commit 0123456789ab, modified",
)


def _checked(rule: str, number: str | None, outcome: Outcome, why: str, **found: tuple[Diagnostic, ...]) -> Checked:
    control = Control(number, f"control {number} & more") if number is not None else None
    return Checked(next(each for each in shared().rules if each.id == rule), control, outcome, why, 2, **found)


REPORT = PackReport(
    "cis-exchange-2019-l1",
    "the benchmark",
    (
        _checked("cis-password-short", "3.4", "fail", "2 findings; 2 policies checked", open=(FOUND,), known=(FOUND,)),
        _checked("cis-refresh-interval", "3.7", "accepted", "2 checked", accepted=(FOUND._replace(ignored=COMMENT),)),
        _checked("cis-inactivity-lock", None, "not known", "there is no snapshot"),
        _checked("cis-failed-attempts", None, "not applicable", "there are no policies"),
        _checked("cis-password-history-short", "3.3", "pass", "2 checked"),
    ),
    date(2026, 11, 28),
    Revision("HEAD", "0123456789abcdef0123", modified=True),
)


def test_text(snapshot: SnapshotAssertion) -> None:
    text = render_pack(REPORT, style=Style(color=False, width=100, screen=None), full=False)
    assert "\x1b" not in text
    assert snapshot(extension_class=extension("txt")) == text


def test_a_page_lists_what_is_accepted_with_its_reason_day_and_owner() -> None:
    page = render_pack_html(REPORT, FACTS, full=False)
    accepted = page.partition('id="accepted"')[2]
    for words in ("kiosk &lt;b&gt;phones", "2027-01-31", "help-desk"):
        assert words in accepted
    for words in ("a known failure, in the baseline", "commit 0123456789ab, modified", "contoso.com", "1111-2222"):
        assert words in page
    assert "\x1b" not in page
    assert "<b>" not in page


def test_a_record_says_how_each_finding_stands() -> None:
    record = pack_record(REPORT, FACTS) | {"snapshot": None}
    output_schema("report-pack").validate(record)
    assert {"fail": 1, "accepted": 1, "notKnown": 1, "pass": 1, "notApplicable": 1} == record["summary"]
    assert ["open", "baseline"] == [each["standing"] for each in record["controls"][0]["findings"]]
    (accepted,) = record["controls"][1]["findings"]
    assert ("help-desk", "2027-01-31") == (accepted["owner"], accepted["until"])


@pytest.mark.parametrize("rule", [each for each in shared().rules if each.controls], ids=lambda rule: rule.id)
def test_a_rule_of_a_benchmark_says_the_number_of_its_control(rule: object) -> None:
    found = next(each for each in shared().rules if each is rule)
    for pack, control in found.controls.items():
        assert pack in found.packs
        assert f"control {control.number} " in found.message
