"""Findings of every shape, which each format of findings is held against."""

from __future__ import annotations

from policylint.diagnostic import About, Diagnostic, Ignored, Label, Severity
from policylint.documentation import rule_address
from policylint.edits import Fix, TextEdit
from policylint.lint.baseline import Baseline
from policylint.lint.run import LintResult
from policylint.lint.weakening import BASELINE, COMMENT, FILE, SETTING, Weakening
from policylint.source import Source, Span
from tests.texts import shared

RULES = Source(
    "policy/device-access-rules.yaml",
    """\
deviceAccessRules:
  - Characteristic: DeviceType
    QueryString: iPhone
    AccessLevel: Allow
  - Characteristic: DeviceOS
    QueryString: iOS 17.4
    AccessLevel: Block
    reason: |
      asked for by audit,
      until the update
      is on every phone
      of the branch offices
      in Oslo and Bergen
  - {Characteristic: DeviceModel, QueryString: "一番\tSM-G981B\u202e", AccessLevel: Allow}
""",
)
MAILBOXES = Source(
    "policy/mailboxes.yaml",
    """\
mailboxes:
  - Identity: john.doe@contoso.com
    ActiveSyncAllowedDeviceIDs: [ABC123, abc123]
""",
)
NO_TEXT = Source("live.json", "")
HOSTILE = Source(
    "policy/50% of Z\u00fcrich, a;b]::x ##[y] @all.yaml",
    """\
organization:
  # policylint: ignore[default-level-allow] @contoso/team asked for it until 2027-03-31 ##vso[task.complete]
  DefaultAccessLevel: Allow
  UserMailInsert: "\U0001f4f1\U0001f4f1 <b>|[x](javascript:1)|\u2028"
""",
)


def span(source: Source, text: str, end: str = "") -> Span:
    """Return the first range of a source that has a text, or that goes on to the end of another one after it."""
    start = source.text.index(text)
    return Span(source, start, source.text.index(end, start) + len(end) if end else start + len(text))


def create_diagnostics() -> tuple[Diagnostic, ...]:
    """Return findings with one range and several, on one line and several, in one file and several."""
    again = span(MAILBOXES, "abc123")
    return (
        Diagnostic(
            "access-rule-disputed",
            Severity.WARNING,
            span(RULES, "iPhone"),
            "`iPhone (DeviceType)` (Allow) shares devices with `iOS 17.4 (DeviceOS)` (Block): 1 device",
            "write rules that no device matches twice",
            (Label(span(RULES, "iOS 17.4"), "matches them too: Block"),),
            url=rule_address("access-rule-disputed"),
        ),
        Diagnostic(
            "our-own-rule",
            Severity.ERROR,
            span(RULES, "- Characteristic: DeviceOS", "Bergen\n"),
            "a rule with a reason of 100 % and no owner\u202e: it says `a::b`, nothing more",
            related=(
                Label(span(MAILBOXES, "john.doe@contoso.com"), "whose phone it is"),
                Label(span(RULES, "DeviceOS"), "characteristic"),
                Label(Span(NO_TEXT, 0, 0), "a device of this system is live"),
            ),
            label="all of this",
        ),
        Diagnostic(
            "device-id-in-both-lists",
            Severity.INFO,
            again,
            "`abc123` is listed twice",
            "keep one of them",
            (Label(span(MAILBOXES, "ABC123"), "first listed here"),),
            "listed again",
            rule_address("device-id-in-both-lists"),
            Fix("remove `abc123`", (TextEdit(Span(MAILBOXES, again.start - 2, again.end), ""),), safe=True),
        ),
        Diagnostic(
            "untidy-query-string",
            Severity.WARNING,
            span(RULES, "SM-G981B"),
            "a tab and a wide character before it",
            fix=Fix("trim it", (), safe=False),
        ),
        Diagnostic("file", Severity.ERROR, Span(NO_TEXT, 0, 0), "it is not UTF-8"),
        Diagnostic(
            "our-own-rule",
            Severity.ERROR,
            span(HOSTILE, "<b>|"),
            "`\U0001f4f1 <b>|[x](javascript:1)|` of jane.roe@contoso.com is not a text]]>;\n::error::x\x00\ufffe",
            "see [the page](https://contoso.com) or ##vso[task.setvariable variable=a]b, @contoso/team #1",
            (Label(span(HOSTILE, "Allow"), "100%;]"),),
            "\u202elabel",
            fix=Fix("write `a`", (TextEdit(span(HOSTILE, "<b>|"), "a"),), safe=False),
        ),
    )


def create_result() -> LintResult:
    """Return a result in which findings are held back for every reason that there is."""
    found = create_diagnostics()
    comment = Ignored(
        span(HOSTILE, "# policylint", "complete]"), "@contoso/team asked for it", "2027-03-31", "Jane Roe"
    )
    allowed = Diagnostic(
        "default-level-allow",
        Severity.WARNING,
        span(HOSTILE, "Allow"),
        "default access level is `Allow`",
        "set `Quarantine`",
        url=rule_address("default-level-allow"),
        about=About("organization", "", (("value", "Allow"),)),
        ignored=comment,
    )
    held = [allowed._replace(message=f"{allowed.message} {number}", ignored=None) for number in range(3)]
    rules = tuple(rule for rule in shared().rules if rule.id in {each.rule for each in (*found, allowed)})
    return LintResult(
        tuple(sorted(found, key=lambda each: each.sort_key)),
        (allowed,),
        rules,
        files=4,
        baseline=Baseline("baseline.yaml"),
        known=(held[0],),
        earlier=(held[1],),
        base="origin/main",
        unselected=(held[2],),
        weakened=(
            Weakening(COMMENT, "default-level-allow", span=comment.span, reason=comment.reason),
            Weakening(BASELINE, "default-level-allow", times=2),
            Weakening(FILE, "policy/\u202e<b>|\n::error::x.yaml", times=1),
            Weakening(SETTING, "domains", "null", '["contoso.com", "[a](b) jane.roe@contoso.com"]'),
        ),
    )
