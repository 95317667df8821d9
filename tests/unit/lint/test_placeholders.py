"""What stands for something still to be written, and whose domains are known."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.lint.placeholders import placeholder_id, placeholder_in
from tests.rules.harness import lint

RULE = "left-over-placeholder"
IDS = [
    pytest.param("AppleDQ7xxxxx", True, id="guide"),
    pytest.param("ApplXXXXXXXX", False, id="capitals"),
    pytest.param("DEVICEID", True, id="name"),
    pytest.param("your-device-id", True, id="yours"),
    pytest.param("xxxxxxxx", True, id="only-x"),
    pytest.param("ApplF17K3QXDG5MN", None, id="apple"),
    pytest.param("5B4EAC0F4E5336138354D81AA63878C1", None, id="outlook"),
    pytest.param("SEC1A2B3C4D5XXX", None, id="few-x"),
    pytest.param("validate", None, id="word"),
]


@pytest.mark.parametrize(("text", "certain"), IDS)
def test_an_id_of_a_guide(text: str, certain: bool | None) -> None:
    found = placeholder_id(text, all_known=False)
    assert certain == (found.certain if found is not None else None)
    if found is not None:
        assert placeholder_id(text, all_known=True) == found._replace(certain=True)


TEXTS = [
    pytest.param("Call <your help desk>.", "<your help desk>", id="angles"),
    pytest.param("Call [insert number].", "[insert number]", id="square"),
    pytest.param("{{ owner }}", "{{ owner }}", id="template"),
    pytest.param("${HELPDESK}", "${HELPDESK}", id="variable"),
    pytest.param("TODO", "TODO", id="later"),
    pytest.param("TODO: remove after the move to Intune", None, id="a-reason-that-begins-so"),
    pytest.param('<a href="https://it.contoso.com/your-phone">our page</a>', None, id="link"),
    pytest.param("<b>Your phone</b> waits for approval.<br/>", None, id="html"),
    pytest.param("if size < your limit and > 3", None, id="signs"),
    pytest.param("Outlook for iOS and Android", None, id="model"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_a_text_with_a_gap(text: str, expected: str | None) -> None:
    found = placeholder_in(text)
    assert expected == (found.text if found is not None else None)


MAILBOX: dict[str, Any] = {"mailboxes": [{"PrimarySmtpAddress": "ada@woodgrove-health.org"}]}
HEADER = {"header": {"organization": "woodgrove.onmicrosoft.com"}}
DOMAINS = [
    pytest.param("a@contoso.com", "{}", None, None, id="nothing-says-who"),
    pytest.param("a@contoso.com", "{}", MAILBOX | HEADER, "error", id="mailboxes-of-another"),
    pytest.param("a@contoso.com", "{}", HEADER, "warning", id="tenant-of-another"),
    pytest.param("a@contoso.com", "{target: contoso.onmicrosoft.com}", None, None, id="tenant-of-that-name"),
    pytest.param("a@contoso.com", "{domains: [contoso.com]}", MAILBOX | HEADER, None, id="named"),
    pytest.param("a@us.contoso.com", "{domains: ['*.contoso.com']}", None, None, id="pattern"),
    pytest.param("a@us.contoso.com", "{domains: [fabrikam.com]}", None, "error", id="below"),
    pytest.param("a@notcontoso.com", "{domains: [fabrikam.com]}", None, None, id="another-domain"),
    pytest.param("a@domain.com", "{}", None, "warning", id="guide"),
    pytest.param("a@domain.com", "{domains: [fabrikam.com]}", None, "error", id="guide-and-known"),
    pytest.param("a@woodgrove-health.org", "{}", MAILBOX | HEADER, None, id="own"),
    pytest.param("a@contoso.com", "{}", {"header": {"redacted": True}}, None, id="redacted"),
    pytest.param("a@x.invalid", "{}", None, "error", id="reserved"),
]


@pytest.mark.parametrize(("address", "settings", "live", "severity"), DOMAINS)
def test_whose_domain_it_is(address: str, settings: str, live: dict[str, Any] | None, severity: str | None) -> None:
    found = lint(f"organization: {{AdminMailRecipients: [{address}]}}\n", live, settings).of(RULE)
    assert ([severity] if severity is not None else []) == [str(each.severity) for each in found]
