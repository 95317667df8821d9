"""Which domains are those of an organization, and which are only called as it is."""

from __future__ import annotations

import pytest

from policylint.lint.domains import domains_of
from tests.rules.harness import config


@pytest.mark.parametrize(("settings", "domain", "holds", "resembles"), [
    ("{target: acme.onmicrosoft.com}", "acme.onmicrosoft.com", False, True),
    ("{target: acme.onmicrosoft.com}", "ACME.com", False, True),
    ("{target: acme.onmicrosoft.com}", "it.acme.com", False, True),
    ("{target: acme.onmicrosoft.com}", "acme.co.uk", False, True),
    ("{target: acme.onmicrosoft.com}", "acme.mail.onmicrosoft.com", False, True),
    ("{target: acme.onmicrosoft.com}", "acme.attacker.net", False, False),
    ("{target: acme.onmicrosoft.com}", "acme.attacker.co.uk", False, False),
    ("{target: acme.onmicrosoft.com}", "acme.attacker.onmicrosoft.com", False, False),
    ("{target: acme.onmicrosoft.com}", "my-acme.com", False, False),
    ("{target: acme.onmicrosoft.com, domains: [acme.com]}", "acme.com", True, True),
    ("{target: acme.onmicrosoft.com, domains: [acme.com]}", "acme.net", False, False),
    ("{target: acme.onmicrosoft.com, domains: [acme.com]}", "acme.attacker.net", False, False),
    ("{target: acme.onmicrosoft.com, domains: [acme.com]}", "acme.onmicrosoft.com", False, True),
    ("{target: acme.onmicrosoft.com, domains: ['*.acme.com']}", "it.acme.com", True, True),
    ("{target: co.onmicrosoft.com}", "attacker.co.uk", False, False),
    ("{target: onmicrosoft.com}", "contoso.com", False, False),
    ("{}", "acme.com", False, False),
])  # fmt: skip
def test_a_domain_is_one_of_the_organization(settings: str, domain: str, *, holds: bool, resembles: bool) -> None:
    own = domains_of(config(settings), None)
    assert (own.hold(domain), own.resemble(domain)) == (holds, resembles)
