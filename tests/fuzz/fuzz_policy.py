"""A policy, its configuration, a rule and a snapshot that nobody expects: findings, or a refusal in words."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.errors import PolicylintError
from policylint.model.device import PROPERTIES
from tests.fuzz.driver import check_refusal, main, tried
from tests.fuzz.mutate import change_text
from tests.sealed import HEADER, seal
from tests.texts import CONFIG, LIVE, project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from policylint.project.project import Project

INPUTS = 60
"""How many inputs the suite tries."""
MOST_CHARACTERS = 3000
"""How long a message with its help is at most."""

USERS = ("ann@contoso.com", "bob@contoso.com", "ANN@contoso.com", "ann", "guid-ann", "x" * 300 + "@contoso.com")
ODD_NAMES = (
    *(
        "*",
        "*@contoso.com",
        "@contoso.com",
        "all users",
        "<ann@contoso.com>",
        "ann@@contoso.com",
        "mailto:ann@contoso.com",
    ),
    *(
        " ann@contoso.com",
        "ann@contoso.com\u200b",
        "\u0430nn@contoso.com",
        "CN=Ann,DC=contoso",
        "group: Sales",
        "%",
        "\u017f",
    ),
)
IDS = ("APPL1", "appl1", "SEC1B40", "0123456789ABCDEF0123456789ABCDEF", "DEV00001", "1E5", "0x1F")
ODD_IDS = (
    *(
        "",
        " ",
        "SEC1 B40",
        " SEC1B40",
        "SEC1\u00a0B40",
        "iPhone\u00a7APPL1",
        "\u00a7",
        "\u00c2\u00a7x",
        "a/b/c",
        "a\\b\\c",
    ),
    *(
        "SEC-1",
        "{7a1d2c3e-1111-4222-8333-444455556666}",
        "A" * 33,
        "A" * 5000,
        "*",
        "ann@contoso.com",
        "SEC1,SEC2",
        "id: SEC1",
    ),
    *("\u212aEC1", "\u017fEC1", "\uff33\uff25\uff23", "\u0663", "SEC1\u202e", "iPhone15C2", "$null", "'SEC1'"),
)
VALUES = ("iPhone", "iPhone15C2", "iPhone15,2", "iOS 17.4 21E219", "iOS", "Android", "Outlook for iOS and Android")
ODD_VALUES = (
    *(
        "iPhone*",
        "iPhone?[",
        "iOS 17+",
        "iOS 17-18",
        "iOS 17, 18 or 19",
        "iOS <= " + "9" * 5000,
        "x" * 255,
        "x" * 30_000,
    ),
    *("i\u0399OS 17", "iPhone ", "(iPhone)", "'iPhone'", "\u1f88", "\u1f80", "\u017f", "s", "\U00010428", "9" * 250),
    *("." * 256, "a" + " " * 200 + "!", "*" * 200, "[!" * 100, "iOS " + "1." * 100, "xX" * 100, "macOS 15", "\ufb01"),
)
POLICIES = ("Default", "default", "Field", "Field ", "Field*", "x" * 65, "\u0130", "i")
EDITIONS = ("exchange-online", "exchange-2019")
LEVELS = ("Allow", "Block", "Quarantine")
CHARACTERISTICS = ("DeviceType", "DeviceModel", "DeviceOS", "UserAgent", "XMSWLHeader")
COMMENTS = (
    "# policylint: ignore[access-rule-wildcard] why",
    "# policylint: ignore[" + "a," * 5000 + "] why",
    "# policylint: ignore",
    "# policylint: ignore[stale-device-id] until 2020-01-01",
    "# policylint: ignore[stale-device-id] until " + "9" * 5000,
    "# policylint: ignore[\u202e] x",
)
CONFIGS: tuple[dict[str, Any], ...] = (
    {},
    {"edition": "exchange-2019"},
    {"packs": ["recommended", "notes", "outlook-mobile"]},
    {"manage": {"mailboxes": "exact", "mobileDeviceMailboxPolicies": "additive"}},
    {"manage": {"mailboxes": {"mode": "exact", "except": ["*"]}}, "precedence": "specific-first"},
    {"severity": {"mailbox-not-found": "off"}, "guards": {"protect": ["*@contoso.com"]}},
    {"outside": {"conditional-access-covers-outlook-mobile": True}},
    {"custom-rules": ["lint"]},
)
RULE = {
    "title": "No Allow",
    "severity": "warning",
    "subject": "organization",
    "predicate": "field-in",
    "params": {"field": "DefaultAccessLevel", "values": ["Allow", "Block"]},
    "message": "it is `{value}`",
    "help": "change it",
}
TEMPLATES = (
    "{value}",
    "{value!r}",
    "{value:d}",
    "{}",
    "{0}",
    "{{",
    "{{{{}}}}",
    "{value",
    "{identity}",
    "{field} {value}",
)


def _list(random: Random, make: Callable[[], Any], most: int = 4) -> list[Any]:
    return [make() for _ in range(random.randrange(most + 1))]


def _part(random: Random, settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if random.random() < 0.5}


class Maker:
    """Makes what files hold: of half of the inputs nearly everything is plain, so that they come far."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.odds = random.choice((0.03, 0.35))

    def some(self, plain: Sequence[Any], odd: Sequence[Any]) -> Any:
        """Return a plain value, or sometimes an odd one."""
        return self.random.choice(odd if self.random.random() < self.odds else plain)

    def ids(self) -> Any:
        """Return a device list, or what is none."""
        ids = _list(self.random, lambda: self.some(IDS, ODD_IDS))
        edit = {"Add": ids or ["x"], "Remove": ids[:1] or ["x"]}
        return self.some((ids, ids, edit), (None, "SEC1", [[]], {"Add": []}))

    def mailbox(self) -> dict[str, Any]:
        """Return an entry of a mailbox."""
        settings = {
            "ActiveSyncEnabled": self.some((True, False), ("yes", None)),
            "ActiveSyncAllowedDeviceIDs": self.ids(),
            "ActiveSyncBlockedDeviceIDs": self.ids(),
            "ActiveSyncMailboxPolicy": self.some((None, "Default", "Field"), POLICIES),
            "reason": "new phone",
            "expires": self.some(("2020-01-01", "2999-12-31"), ("soon", "9" * 5000)),
        }
        return {"Identity": self.some(USERS, ODD_NAMES), **_part(self.random, settings)}

    def rule(self) -> dict[str, Any]:
        """Return a device access rule."""
        return {
            "Characteristic": self.random.choice(CHARACTERISTICS),
            "QueryString": self.some(VALUES, ODD_VALUES),
            "AccessLevel": self.some(LEVELS, ("allow", "Escalate")),
        }

    def policy(self) -> dict[str, Any]:
        """Return a mobile device mailbox policy."""
        settings = {
            "IsDefault": self.some((False,), (True,)),
            "AllowNonProvisionableDevices": self.random.random() < 0.5,
            "PasswordEnabled": self.random.random() < 0.5,
            "MinPasswordLength": self.some((None, 1, 4, 16), (17, -1, "Unlimited", 10**30)),
            "MaxInactivityTimeLock": self.some(("Unlimited", "00:15:00"), ("15", 36_000, "99999999999.00:00:00")),
        }
        return {"Name": self.some(("Default", "Field", "Kiosk"), POLICIES), **_part(self.random, settings)}

    def declared(self) -> dict[str, Any]:
        """Return what a policy file declares."""
        random = self.random
        sections = {
            "organization": {
                "DefaultAccessLevel": random.choice(LEVELS),
                "AdminMailRecipients": _list(random, lambda: self.some(("a@contoso.com", "A@contoso.com"), ODD_NAMES)),
            },
            "deviceAccessRules": _list(random, self.rule, 8),
            "mobileDeviceMailboxPolicies": _list(random, self.policy),
            "mailboxes": _list(random, self.mailbox, 3),
            "mailboxPlans": [{"Identity": self.some(("ExchangeOnline",), ODD_NAMES)}],
        }
        return _part(random, sections)

    def written(self) -> str:
        """Return a policy as a text, in one of several ways, sometimes changed in some places."""
        random = self.random
        indent = random.choice((None, 1, 1, 1))
        text = json.dumps(self.declared(), indent=indent, ensure_ascii=random.random() < 0.3)
        if indent is not None:
            lines = text.split("\n")
            for _ in range(self.some((0,), (1, 2))):
                lines.insert(random.randrange(1, len(lines) + 1), random.choice(COMMENTS))
            text = random.choice(("\n", "\n", "\r\n")).join(lines)
        for _ in range(self.some((0,), (1, 2))):
            text = change_text(text, random)
        return text

    def live(self) -> bytes:
        """Return a sealed snapshot."""
        random = self.random
        names = ("Default", "Field")
        devices = [
            {
                "mailbox": "ann@contoso.com",
                "DeviceId": self.some(IDS, ODD_IDS),
                "Guid": "7a1d2c3e-1111-4222-8333-444455556666",
                "ClientType": self.some(("EAS", "Outlook", "REST"), ("", "\x1b[2J")),
                **{name: self.some(VALUES, ODD_VALUES) for name in PROPERTIES},
            }
            for _ in range(random.randrange(5))
        ]
        mailbox = {
            "PrimarySmtpAddress": "ann@contoso.com",
            "Guid": "guid-ann",
            "Name": "ann",
            "ActiveSyncMailboxPolicy": random.choice(names),
            "ActiveSyncMailboxPolicyIsDefaulted": random.choice(("True", "False")),
            "ActiveSyncAllowedDeviceIDs": [],
            "ActiveSyncBlockedDeviceIDs": _list(random, lambda: self.some(IDS, ODD_IDS)),
        }
        return seal(
            {**HEADER, "redacted": self.some((False,), (True,)), "edition": self.some(EDITIONS[:1], EDITIONS)},
            organization=self.some(({"DefaultAccessLevel": "Block", "AdminMailRecipients": []},), ({},)),
            devices=devices,
            deviceAccessRules=[{**self.rule(), "Name": f"rule {number}"} for number in range(random.randrange(3))],
            mobileDeviceMailboxPolicies=[{"Name": name, "IsDefault": str(name == "Default")} for name in names],
            mailboxes=[mailbox],
            mailboxPlans=[{"Name": "ExchangeOnline", "Guid": "guid-plan"}],
        )


def _texts(random: Random) -> dict[str, str | bytes]:
    """Return the files of a project."""
    maker = Maker(random)
    config = json.dumps({"version": 1, **maker.some(CONFIGS[:1], CONFIGS)})
    rule = json.dumps({**RULE, "message": f"it is {maker.some(TEMPLATES[:1], TEMPLATES)}"}, indent=1)
    texts: dict[str, str | bytes] = {
        CONFIG: maker.some((config,), (config, change_text(config, random))),
        "lint/house/no-allow/rule.yaml": maker.some((rule,), (change_text(rule, random),)),
        "policy/a.yaml": maker.written(),
    }
    if random.random() < 0.3:
        texts["policy/b.yaml"] = maker.written()
    if random.random() < 0.7:
        texts[LIVE] = maker.live()
    return texts


def fuzz(random: Random) -> None:
    """Load a project and lint it. Raises where that is not a list of readable findings, or a refusal in words."""
    texts = _texts(random)
    tried("\n---\n".join(text if isinstance(text, str) else text.decode() for text in texts.values()))
    try:
        _use(project(texts))
    except PolicylintError as problem:
        check_refusal(problem)


def _use(found: Project) -> None:
    result = found.lint()
    keys = [each.sort_key for each in result.diagnostics]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys))
    for each in (*result.diagnostics, *result.suppressed):
        assert each.message
        assert len(each.message) + len(each.help or "") < MOST_CHARACTERS, f"{each.rule}: {each.message[:300]}"
        assert each.span.begin <= each.span.finish
    if found.is_valid and found.snapshot is not None:
        refused = {refusal.guard for refusal in found.plan().refusals}
        assert ("lint-errors" in refused) == any(each.severity is Severity.ERROR for each in result.diagnostics)


if __name__ == "__main__":
    sys.exit(main(fuzz))
