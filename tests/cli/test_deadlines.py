"""`lint --as-of`: what ends by a day, with this organization's numbers; packs that include packs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.texts import output_schema, shared
from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW = {"SOURCE_DATE_EPOCH": "1795849200"}  # 2026-11-28
POLICY = """\
organization:
  DefaultAccessLevel: Quarantine
  AdminMailRecipients: [admins@contoso.com]
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow, expires: 2026-12-20, owner: it}
  # policylint: ignore[default-level-allow] tried out, until 2026-12-24
  - {Characteristic: DeviceType, QueryString: Outlook, AccessLevel: Allow}
"""
LIVE = """\
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules: []
mailboxes:
  - {Identity: eva@contoso.com, MacOutlookEnabled: true}
  - {Identity: uma@contoso.com, MacOutlookEnabled: false}
"""


def _device(mailbox: str, device_id: str, **facts: str) -> dict[str, str]:
    return {"mailbox": mailbox, "DeviceId": device_id, "DeviceType": "iPhone", "ClientType": "EAS"} | facts


DEVICES = [
    _device("uma@contoso.com", "OLD1", ClientVersion="14.1"),
    _device("uma@contoso.com", "OLD2", ClientVersion="16.0"),
    _device("eva@contoso.com", "OLD3", ClientVersion="2.5"),
    _device("eva@contoso.com", "NEW", ClientVersion="16.1"),
    _device("eva@contoso.com", "UNKNOWN", ClientVersion="Z-Push"),
    _device("eva@contoso.com", "APP", ClientVersion="1.0", ClientType="Outlook", DeviceType="Outlook"),
    _device("eva@contoso.com", "MAIL", ClientVersion="1.0", ClientType="UniversalOutlook"),
    _device("eva@contoso.com", "LITE", ClientVersion="1.0", ClientType="Outlook", DeviceModel="outlook lite 3"),
]


@pytest.fixture
def repository(folder: Folder) -> Folder:
    config = "version: 1\nsnapshot: live.json\npacks: [lifecycle]\nguards: {snapshot-max-age-hours: null}\n"
    folder.write("policylint.yaml", f"{config}outside: {{conditional-access-covers-outlook-mobile: true}}\n")
    folder.write("policy/a.yaml", POLICY)
    folder.write("live.json", sealed(LIVE, DEVICES))
    return folder


def _found(folder: Folder, *arguments: str) -> dict[str, tuple[str, str]]:
    """Return severity and message by the rule."""
    done = folder.run("lint", "--format", "json", *arguments, **NOW)
    record: dict[str, Any] = json.loads(done.stdout)
    output_schema("lint").validate(record)
    return {found["rule"]: (found["severity"], found["message"]) for found in record["diagnostics"]}


@pytest.mark.parametrize(
    ("day", "rule", "words"),
    [
        ("2025-12-15", "activesync-below-16-1", None),
        ("2025-12-16", "activesync-below-16-1", "ends on 2026-03-01, in 75 days: 3 devices of 2 mailboxes"),
        ("2026-03-01", "activesync-below-16-1", "ended on 2026-03-01, today: 3 devices of 2 mailboxes (such as `eva@"),
        ("2026-05-07", "activesync-certificate-sign-in", None),
        ("2026-12-01", "activesync-certificate-sign-in", "ends after 2026-12-31, in 31 days; 2 devices of 1 mailbox"),
        ("2026-12-31", "activesync-certificate-sign-in", "ends after 2026-12-31, in 1 day;"),
        ("2027-01-01", "activesync-certificate-sign-in", "ended after 2026-12-31, today;"),
        ("2025-12-31", "approved-client-app-grant", None),
        ("2026-06-30", "approved-client-app-grant", "ends after 2026-06-30, in 1 day"),
        ("2026-07-02", "approved-client-app-grant", "ended after 2026-06-30, 1 day ago"),
        ("2026-03-31", "exchange-web-services-ends", None),
        ("2026-09-30", "exchange-web-services-ends", "in 183 days, and from 2026-10-01 on it is off unless an app"),
        ("2026-10-01", "exchange-web-services-ends", "in 182 days, and since 2026-10-01 it is off unless an app"),
        ("2027-04-02", "exchange-web-services-ends", "ended on 2027-04-01, 1 day ago; 1 mailbox"),
        ("2026-11-28", "windows-mail-leftover", "1 device of 1 mailbox (such as `eva@contoso.com`)"),
        ("2026-11-28", "outlook-lite-leftover", "1 device of 1 mailbox"),
        ("2026-11-19", "exemption-expires-soon", None),
        ("2026-11-20", "exemption-expires-soon", "(owner `it`) expires on 2026-12-20, in 30 days"),
        ("2026-12-20", "exemption-expires-soon", "expires on 2026-12-20, today"),
        ("2026-12-22", "expired-exemption", "expired on 2026-12-20, 2 days ago"),
    ],
)
def test_each_day_is_found_from_its_time_on(repository: Folder, day: str, rule: str, words: str | None) -> None:
    found = _found(repository, "--as-of", day).get(rule)
    assert (words is None) == (found is None)
    assert words is None or (found is not None and words in found[1])


def test_the_numbers_are_those_of_the_mailboxes_that_have_outlook_for_mac(repository: Folder) -> None:
    assert "1 mailbox (such as `eva@contoso.com`)" in _found(repository)["exchange-web-services-ends"][1]


def test_no_deadline_is_an_error_and_the_age_of_the_snapshot_is_that_of_now(repository: Folder) -> None:
    done = repository.run("lint", "--as-of", "2099-01-01", "--format", "json", **NOW)
    record = json.loads(done.stdout)
    assert {"warning", "info"} >= {each["severity"] for each in record["diagnostics"] if each["rule"] != "suppression"}
    assert "2099-01-01" == record["asOf"]
    assert 24 * 365 > record["snapshot"]["ageHours"]


def test_an_ignore_comment_ends_on_that_day_too(repository: Folder) -> None:
    assert "ended on 2026-12-24" not in str(_found(repository, "--as-of", "2026-12-24"))
    assert "ended on 2026-12-24" in str(_found(repository, "--as-of", "2026-12-25"))


def test_the_day_is_said_only_where_it_is_another_one(repository: Folder) -> None:
    assert "as of" not in repository.run("lint", **NOW).stdout
    assert "checked as of 2027-04-01\n" in repository.run("lint", "--as-of", "2027-04-01", **NOW).stdout


@pytest.mark.parametrize("text", ["tomorrow", "2027-4-1", "20270401", "2027-02-30", ""])
def test_a_text_that_is_no_day_is_refused(repository: Folder, text: str) -> None:
    done = repository.run("lint", "--as-of", text)
    assert 3 == done.returncode
    assert "invalid value for `--as-of`" in done.stderr


def test_live_state_alone_is_asked_by_the_day(repository: Folder) -> None:
    (repository.path / "policylint.yaml").unlink()
    (repository.path / "policy/a.yaml").unlink()
    done = repository.run(
        "lint", "--snapshot", "live.json", "--edition", "exchange-online", "--as-of", "2027-04-01", **NOW
    )
    assert "checked as of 2027-04-01\n" in done.stdout


def test_only_the_pack_that_is_chosen_asks(repository: Folder) -> None:
    config = repository.path / "policylint.yaml"
    config.write_text(config.read_text("utf-8").replace("[lifecycle]", "[recommended]"), "utf-8")
    deadlines = {rule.id for rule in shared().rules if rule.group == "deadlines"} - {"edition-out-of-support"}
    assert len(deadlines) > 5
    assert set() == deadlines & _found(repository, "--as-of", "2027-04-01").keys()


def test_strict_applies_all_of_the_recommended_rules(folder: Folder) -> None:
    def listed(*arguments: str) -> set[str]:
        record = json.loads(folder.run("rules", "--format", "json", *arguments).stdout)
        return {rule["id"] for rule in record["rules"] if rule["severity"] != "off"}

    folder.write("policylint.yaml", "version: 1\n")
    recommended = listed()
    folder.write("policylint.yaml", "version: 1\npacks: [strict]\n")
    assert recommended < listed() == listed("--pack", "strict") | {"file", "fmt", "schema", "suppression", "syntax"}


def test_a_rule_of_microsofts_guidance_names_a_page_of_microsoft() -> None:
    rules = [rule for rule in shared().rules if "microsoft-guidance" in rule.packs]
    assert len(rules) > 10
    places = ("microsoft.com/", "github.com/MicrosoftDocs/")
    sources = {rule.id: shared().rule_page(rule).partition("## Sources")[2] for rule in rules}
    assert [] == [name for name, text in sources.items() if not any(place in text for place in places)]
