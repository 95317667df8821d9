"""What is shown of the word under the pointer, which is marked with a bar."""

from __future__ import annotations

from functools import cache

import pytest
from markdown_it import MarkdownIt

from policylint.editor.hover import hover
from policylint.schema.store import CONFIG, POLICY
from tests.unit.editor.world import opened, texts

project = cache(lambda: opened(texts()))


def words(marked: str, schema: str = POLICY) -> str:
    found = hover(project(), schema, marked.replace("|", "", 1), marked.index("|"))
    return found.words if found is not None else ""


RULE = "deviceAccessRules:\n  - Characteristic: "
BOX = "mailboxes:\n  - Identity: ada@contoso.com\n    "


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        pytest.param("organization:\n  Default|AccessLevel: Allow", "learn.microsoft.com", id="page"),
        pytest.param(f"{BOX}One|WinNativeOutlookEnabled: true", "Only in: exchange-online", id="edition"),
        pytest.param("mobileDeviceMailboxPolicies:\n  - MinPassword|Length: 4", "a whole number", id="type"),
        pytest.param("mobileDeviceMailboxPolicies:\n  - AllowCon|sumerEmail: true", "Default: true", id="default"),
        pytest.param(f"{RULE}DeviceType\n    QueryString: iP|ad", "2 devices report it", id="devices"),
        pytest.param(f"{RULE}DeviceType\n    QueryString: iP|add", "Near: `iPad` (2 devices report it)", id="near"),
        pytest.param(f"{RULE}DeviceModel\n    QueryString: TouchDo|wn", "a value of DeviceType", id="elsewhere"),
        pytest.param(f"{BOX}ActiveSyncAllowedDeviceIDs: [A|1]", "live Allowed, desired Allowed", id="device"),
        pytest.param(f"{BOX}ActiveSyncAllowedDeviceIDs: [A|2]", "live Quarantined, desired Allowed", id="exempted"),
        pytest.param(f"{BOX}ActiveSyncAllowedDeviceIDs: [Z|]", "No device of the snapshot", id="no-device"),
        pytest.param("mailboxes:\n  - Identity: ada@|contoso.com", "2 devices:\n\n- `A1`: `iPad14C3`", id="mailbox"),
        pytest.param("mailboxes:\n  - Identity: e@|contoso.com", "no such mailbox", id="no-mailbox"),
        pytest.param(
            "a: 1 # policylint: ignore[access-|rule-wildcard] x", "/rules/access-rule-wildcard.html", id="rule"
        ),
    ],
)
def test_what_a_word_means(marked: str, expected: str) -> None:
    assert expected in words(marked)


def test_a_rule_of_the_configuration() -> None:
    assert words("a: 1 # policylint: ignore[access-|rule-wildcard] x") == words(
        "severity: {access-|rule-wildcard: off}", CONFIG
    )


@pytest.mark.parametrize("marked", ["services:\n  a|: b", "a: b # c|", "| ", "organization: [|"])
def test_nothing_is_said_of_what_is_not_known(marked: str) -> None:
    assert not words(marked)


def test_what_devices_say_of_themselves_is_no_markup() -> None:
    found = words("mailboxes:\n  - Identity: bob@|contoso.com")
    assert "<code>&lt;b&gt;`#1`: x</code>" in MarkdownIt().render(found)
