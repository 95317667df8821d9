"""A policy, its configuration, a rule and a snapshot that nobody expects: findings, or a refusal in words."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.errors import PolicylintError
from tests.fuzz.driver import check_refusal, main, tried
from tests.fuzz.mutate import change_text
from tests.sealed import HEADER, seal
from tests.texts import CONFIG, LIVE, project

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from policylint.project.project import Project

INPUTS = 120
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
    {"packs": ["recommended", "notes", "outlook-mobile", "cis"]},
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


def _some(random: Random, plain: tuple[str, ...], odd: tuple[str, ...]) -> str:
    return random.choice(odd if random.randrange(3) == 0 else plain)


def _list(random: Random, make: Callable[[], Any], most: int = 4) -> list[Any]:
    return [make() for _ in range(random.randrange(most + 1))]


def _ids(random: Random) -> Any:
    ids = _list(random, lambda: _some(random, IDS, ODD_IDS))
    return random.choice((ids, ids, {"Add": ids, "Remove": ids[:1] or ["x"]}, None, "SEC1"))


def _mailbox(random: Random) -> dict[str, Any]:
    settings = {
        "ActiveSyncEnabled": random.random() < 0.5,
        "ActiveSyncAllowedDeviceIDs": _ids(random),
        "ActiveSyncBlockedDeviceIDs": _ids(random),
        "ActiveSyncMailboxPolicy": random.choice((None, *POLICIES)),
        "reason": "new phone",
        "expires": random.choice(("2020-01-01", "2999-12-31", "soon")),
    }
    return {"Identity": _some(random, USERS, ODD_NAMES), **_part(random, settings)}


def _rule(random: Random) -> dict[str, Any]:
    return {
        "Characteristic": random.choice(CHARACTERISTICS),
        "QueryString": _some(random, VALUES, ODD_VALUES),
        "AccessLevel": random.choice(LEVELS),
    }


def _policy(random: Random) -> dict[str, Any]:
    settings = {
        "IsDefault": random.random() < 0.5,
        "AllowNonProvisionableDevices": random.random() < 0.5,
        "PasswordEnabled": random.random() < 0.5,
        "MinPasswordLength": random.choice((None, 1, 4, 16, 17, -1, "Unlimited")),
        "MaxInactivityTimeLock": random.choice(("Unlimited", "00:15:00", "15", 36_000)),
    }
    return {"Name": random.choice(POLICIES), **_part(random, settings)}


def _part(random: Random, settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if random.random() < 0.5}


def _declared(random: Random) -> dict[str, Any]:
    sections = {
        "organization": {
            "DefaultAccessLevel": random.choice(LEVELS),
            "AdminMailRecipients": _list(random, lambda: _some(random, USERS, ODD_NAMES)),
        },
        "deviceAccessRules": _list(random, lambda: _rule(random), 8),
        "mobileDeviceMailboxPolicies": _list(random, lambda: _policy(random)),
        "mailboxes": _list(random, lambda: _mailbox(random), 5),
        "mailboxPlans": [{"Identity": "ExchangeOnline"}],
    }
    return _part(random, sections)


def _written(random: Random) -> str:
    """Return a policy as a text, in one of several ways, changed in some places."""
    indent = random.choice((None, 1, 1, 1))
    text = json.dumps(_declared(random), indent=indent, ensure_ascii=random.random() < 0.3)
    if indent is not None:
        lines = text.split("\n")
        for _ in range(random.randrange(3)):
            lines.insert(random.randrange(1, len(lines) + 1), random.choice(COMMENTS))
        text = random.choice(("\n", "\n", "\r\n")).join(lines)
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        text = change_text(text, random)
    return text


def _live(random: Random) -> bytes:
    names = ("Default", "Field")
    devices = [
        {
            "mailbox": "ann@contoso.com",
            "DeviceId": _some(random, IDS, ODD_IDS),
            "Guid": "7a1d2c3e-1111-4222-8333-444455556666",
            "ClientType": random.choice(("EAS", "Outlook", "REST", "")),
            "DeviceType": _some(random, VALUES, ODD_VALUES),
            "DeviceModel": _some(random, VALUES, ODD_VALUES),
            "DeviceOS": _some(random, VALUES, ODD_VALUES),
            "DeviceUserAgent": _some(random, VALUES, ODD_VALUES),
        }
        for _ in range(random.randrange(5))
    ]
    rules = [{**_rule(random), "Name": f"rule {number}"} for number in range(random.randrange(3))]
    return seal(
        {**HEADER, "redacted": random.random() < 0.1, "edition": random.choice(("exchange-online", "exchange-2019"))},
        organization=random.choice(({}, {"DefaultAccessLevel": "Block"})),
        devices=devices,
        deviceAccessRules=rules,
        mobileDeviceMailboxPolicies=[{"Name": name, "IsDefault": str(name == "Default")} for name in names],
        mailboxes=[
            {
                "PrimarySmtpAddress": "ann@contoso.com",
                "Guid": "guid-ann",
                "Name": "ann",
                "ActiveSyncMailboxPolicy": random.choice(names),
                "ActiveSyncMailboxPolicyIsDefaulted": random.choice(("True", "False")),
                "ActiveSyncBlockedDeviceIDs": _list(random, lambda: _some(random, IDS, ODD_IDS)),
            }
        ],
    )


def _texts(random: Random) -> dict[str, str | bytes]:
    """Return the files of a project."""
    config = json.dumps({"version": 1, **random.choice(CONFIGS)})
    rule = json.dumps({**RULE, "message": f"it is {random.choice(TEMPLATES)}"}, indent=1)
    texts: dict[str, str | bytes] = {
        CONFIG: change_text(config, random) if random.random() < 0.1 else config,
        "lint/house/no-allow/rule.yaml": change_text(rule, random) if random.random() < 0.3 else rule,
        "policy/a.yaml": _written(random),
    }
    if random.random() < 0.3:
        texts["policy/b.yaml"] = _written(random)
    if random.random() < 0.7:
        texts[LIVE] = _live(random)
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
        assert len(each.message) + len(each.help or "") < MOST_CHARACTERS, f"{each.rule}: a long message"
        assert each.span.begin <= each.span.finish
    if found.is_valid and found.snapshot is not None:
        refused = {refusal.guard for refusal in found.plan().refusals}
        assert ("lint-errors" in refused) == any(each.severity is Severity.ERROR for each in result.diagnostics)


if __name__ == "__main__":
    sys.exit(main(fuzz))
