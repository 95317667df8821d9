"""A string that no device reports: what is meant, and how sure that is, with and without a snapshot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.harness import Lint, lint

RULE = "access-rule-matches-nothing"


def _device(number: int, kind: str, model: str, system: str, agent: str) -> dict[str, Any]:
    return {
        "mailbox": "ann@contoso.com",
        "DeviceId": f"A{number}",
        "DeviceType": kind,
        "DeviceModel": model,
        "DeviceOS": system,
        "DeviceUserAgent": agent,
        "ClientType": "EAS",
        "ClientVersion": "16.1",
    }


LIVE: dict[str, Any] = {
    "mailboxes": [{"PrimarySmtpAddress": "ann@contoso.com"}],
    "devices": [
        _device(1, "iPhone", "iPhone15C2", "iOS 17.4 21E219", "Apple-iPhone15C2/2105.219"),
        _device(2, "iPhone", "iPhone14C5", "iOS 18.1 22B83", "Apple-iPhone14C5/2202.83"),
        _device(3, "Android", "SM-G991B", "Android 13", "Android-SAMSUNG-SM-G991B/101.13"),
        _device(4, "Android", "SM-A505FN", "Android 11", "Android-SAMSUNG-SM-A505FN/101.11"),
    ],
}


def _lint(characteristic: str, query: str, live: dict[str, Any] | None, level: str = "Quarantine") -> Lint:
    text = f"deviceAccessRules: [{{Characteristic: {characteristic}, QueryString: '{query}', AccessLevel: {level}}}]\n"
    return lint(text, live)


CERTAIN = [
    pytest.param("DeviceOS", "iOS", "iOS 17.4 21E219", id="no-version"),
    pytest.param("DeviceOS", "Android 13.", "`Android 13` (1 device)", id="trailing-period"),
    pytest.param("DeviceOS", "Android 12.", "write `Android 12`", id="trailing-period-of-a-value-not-seen"),
    pytest.param("DeviceOS", "iOS 17.4 (21E219)", "`iOS 17.4 21E219` (1 device)", id="parentheses"),
    pytest.param("DeviceOS", "iOS 16.1 (20B82)", "write `iOS 16.1 20B82`", id="parentheses-not-seen"),
    pytest.param("DeviceOS", "iOS 18+", "1 such value: `iOS 18.1 22B83` (1 device)", id="plus"),
    pytest.param("DeviceOS", "iOS 17.x", "1 such value: `iOS 17.4 21E219` (1 device)", id="open-digit"),
    pytest.param("DeviceOS", "Android <13", "1 such value: `Android 11` (1 device)", id="less"),
    pytest.param("DeviceOS", "Android below 13", "1 such value: `Android 11` (1 device)", id="below"),
    pytest.param("DeviceOS", "Android 12 or older", "1 such value: `Android 11` (1 device)", id="words"),
    pytest.param("DeviceOS", "Android 11-13", "2 such values, 2 devices in all: `Android 11`", id="from-to"),
    pytest.param("DeviceOS", "Android 11, 12", "one rule for each value", id="several"),
    pytest.param("DeviceModel", "iPhone14,5", "`iPhone14C5` (1 device)", id="comma"),
    pytest.param("DeviceModel", "iPhone 14 Pro", "such devices report DeviceModel `iPhone15C2` (1 device)", id="name"),
    pytest.param(
        "DeviceModel", "Apple iPhone 13", "such devices report DeviceModel `iPhone14C5`", id="name-with-maker"
    ),
    pytest.param("DeviceModel", "iPhone 16 Pro", "such devices report DeviceModel `iPhone17C1`", id="name-not-seen"),
    pytest.param("DeviceOS", "iOS17.4", "write `iOS 17.4 21E219` (1 device)", id="no-space"),
    pytest.param("DeviceOS", "Android v13", "write `Android 13` (1 device)", id="letter-before-the-version"),
    pytest.param("DeviceModel", "iPhone15,2 (iPhone 14 Pro)", "write `iPhone15C2` (1 device)", id="value-and-name"),
    pytest.param("DeviceType", "iOS", "such devices report DeviceType `iPhone` (2 devices)", id="system-as-type"),
    pytest.param("UserAgent", "Apple-iPhone14C5", "Apple-iPhone14C5/2202.83", id="agent-without-version"),
]


@pytest.mark.parametrize(("characteristic", "query", "expected"), CERTAIN)
def test_a_form_that_devices_never_report_is_an_error(characteristic: str, query: str, expected: str) -> None:
    (found,) = _lint(characteristic, query, LIVE).of(RULE)
    assert (str(found.severity), expected in (found.help or "")) == ("error", True), found.help


CONTAINED = [
    pytest.param("DeviceModel", "Samsung SM-G991B", "it contains `SM-G991B` (1 device)", id="maker"),
    pytest.param("DeviceType", "Apple iPhone", "it contains `iPhone` (2 devices)", id="type"),
]


@pytest.mark.parametrize(("characteristic", "query", "expected"), CONTAINED)
def test_a_value_in_a_longer_text_is_named(characteristic: str, query: str, expected: str) -> None:
    (found,) = _lint(characteristic, query, LIVE).of(RULE)
    assert expected in (found.help or "")


ABSENT = [
    pytest.param("DeviceModel", "iPhone18C9", id="newer-model"),
    pytest.param("DeviceModel", "Pixel 12", id="ordered"),
    pytest.param("DeviceModel", "moto g(9) power", id="signs-that-makers-use"),
    pytest.param("DeviceModel", "SM-G991", id="may-be-another-model"),
    pytest.param("DeviceOS", "iOS 31.0 44A100", id="newer-system"),
    pytest.param("DeviceOS", "Android 12", id="version"),
    pytest.param("DeviceType", "ContosoPhone", id="type"),
]


@pytest.mark.parametrize(("characteristic", "query"), ABSENT)
def test_mere_absence_is_a_warning(characteristic: str, query: str) -> None:
    (found,) = _lint(characteristic, query, LIVE).of(RULE)
    assert str(found.severity) == "warning"


WITHOUT_SNAPSHOT = [
    pytest.param("DeviceOS", "iOS 18.7.1 (22H31)", "write `iOS 18.7.1 22H31`", id="parentheses"),
    pytest.param("DeviceOS", "iOS 16+", "rules compare whole values and cannot say ranges", id="plus"),
    pytest.param("DeviceOS", ">= iOS 16", "cannot say ranges", id="comparison"),
    pytest.param("DeviceOS", "iOS 16 - 18", "cannot say ranges", id="from-to"),
    pytest.param("DeviceOS", "iOS 17.x", "a rule cannot leave a digit open", id="open-digit"),
    pytest.param("DeviceOS", "Android 13.", "`Android 13`", id="trailing-period"),
    pytest.param("DeviceOS", "iOS 17,4", "write `iOS 17.4`", id="decimal-comma"),
    pytest.param("DeviceModel", "iPhone18,9", "write `iPhone18C9`", id="comma-of-an-unknown-model"),
    pytest.param("DeviceModel", "iPad Air (11-inch, M2)", "`iPad14C8` or `iPad14C9`", id="name-of-an-ipad"),
    pytest.param("DeviceModel", "iPhone SE 2nd gen", "`iPhone12C8`", id="name-in-other-words"),
    pytest.param("DeviceType", "iPadOS", "`iPad`", id="system-as-type"),
]


@pytest.mark.parametrize(("characteristic", "query", "expected"), WITHOUT_SNAPSHOT)
def test_what_is_meant_is_said_without_a_snapshot(characteristic: str, query: str, expected: str) -> None:
    (found,) = _lint(characteristic, query, None).of(RULE)
    assert (str(found.severity), expected in (found.help or "")) == ("warning", True), found.help


@pytest.mark.parametrize("query", ["iOS 18.7.1 (22H31)", "iOS 16+", "iOS 17.x"])
@pytest.mark.parametrize("live", [None, LIVE], ids=["alone", "snapshot"])
def test_a_string_that_matches_nothing_is_not_also_one_version(query: str, live: dict[str, Any] | None) -> None:
    found = _lint("DeviceOS", query, live)
    assert (len(found.of(RULE)), len(found.of("version-pinned-rule"))) == (1, 0)


@pytest.mark.parametrize(
    ("characteristic", "query"),
    [
        pytest.param("DeviceOS", "iOS 31.0 44A100", id="newer-system"),
        pytest.param("DeviceOS", "Android 21", id="newer-android"),
        pytest.param("DeviceModel", "iPhone21C3", id="newer-model"),
        pytest.param("DeviceModel", "Pixel 7 Pro", id="model-in-words"),
        pytest.param("DeviceModel", "moto g(7) power", id="model-with-parentheses"),
        pytest.param("DeviceModel", "ONEPLUS A6003", id="model-of-another-maker"),
        pytest.param("DeviceType", "TouchDown", id="type-that-an-app-chose"),
        pytest.param("DeviceOS", "Windows 10.0.19045", id="system-with-a-known-word"),
        pytest.param("DeviceOS", "HarmonyOS 2.0", id="system-of-another-maker"),
        pytest.param("UserAgent", "iOS/6.0 (10A403) dataaccessd/1.0", id="calendar-of-an-iphone"),
    ],
)
def test_what_is_newer_than_the_catalog_is_taken_on_trust(characteristic: str, query: str) -> None:
    assert _lint(characteristic, query, None).of(RULE) == ()


def test_a_rule_on_a_version_is_told_what_is_below() -> None:
    (found,) = _lint("DeviceOS", "Android 13", LIVE, "Block").of("version-pinned-rule")
    assert found.help is not None
    assert "1 lower value of Android (1 device): `Android 11` (1 device)" in found.help
    assert "each value needs a rule of its own" in found.help
    assert "prefer Quarantine to Block" in found.help


def test_the_configured_severity_is_that_of_every_finding() -> None:
    text = "deviceAccessRules: [{Characteristic: DeviceOS, QueryString: iOS, AccessLevel: Block}]\n"
    (found,) = lint(text, LIVE, "{severity: {access-rule-matches-nothing: info}}").of(RULE)
    assert str(found.severity) == "info"


@pytest.mark.parametrize(
    ("characteristic", "query", "expected"),
    [
        pytest.param(
            "DeviceModel",
            "Outlook",
            "`Outlook` is a name, not a value: such devices report DeviceModel `Outlook for iOS and Android`;"
            " `Outlook` is a DeviceType: compare that characteristic instead",
            id="name-that-is-also-a-beginning",
        ),
        pytest.param(
            "DeviceOS",
            "MSFT-WIN-4/10.0.16299",
            "`MSFT-WIN-4/10.0.16299` has the form of a UserAgent: compare that characteristic instead",
            id="agent-that-looks-like-several-versions",
        ),
    ],
)
def test_advice_says_each_thing_once(characteristic: str, query: str, expected: str) -> None:
    (found,) = _lint(characteristic, query, None).of(RULE)
    assert expected == found.help


@pytest.mark.parametrize("live", [None, LIVE], ids=["alone", "snapshot"])
@pytest.mark.parametrize("level", ["Allow", "Quarantine", "Block"])
@pytest.mark.parametrize(
    ("characteristic", "query"), [("DeviceOS", "Android 11"), ("UserAgent", "Android-SAMSUNG-SM-A505FN/101.11")]
)
def test_quarantine_is_advised_where_a_rule_blocks(
    characteristic: str, query: str, level: str, live: dict[str, Any] | None
) -> None:
    (found,) = _lint(characteristic, query, live, level).of("version-pinned-rule")
    assert ("prefer Quarantine" in (found.help or "")) is (level == "Block")
