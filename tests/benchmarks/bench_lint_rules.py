"""The time of each lint rule over a megabyte of policy, beside the events of libyaml alone.

Run: python -m tests.benchmarks.bench_lint_rules [NUMBER]

Prints the slowest rules first, NUMBER of them (30). What several rules ask for is worked out once, for the first of
them: its time is on a line of its own where it can be told apart.
"""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING

import yaml

from policylint.__main__ import COLLECT
from policylint.lint.check import active_rules, check
from tests.benchmarks.measure import report
from tests.sealed import seal
from tests.texts import CONFIG, LIVE, project, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policylint.project.project import Project

SIZE = 1_000_000
BUDGET = 3.0
SHOWN = 30
RUNS = 2
MODELS = 4_000
MAKERS = ("SM-G{}B", "Pixel {}", "moto g({})", "iPhone{}C2")


def _rules(number: int) -> str:
    kind, text = (
        ("DeviceOS", f"Android {number % 20}.{number}"),
        ("DeviceModel", MAKERS[number // 4 % 4].format(number)),
        ("UserAgent", f"Apple-iPhone{number}C2/{number % 30}02.{number}"),
        ("DeviceType", f"SAMSUNGSMG{number}F"),
    )[number % 4]
    level = ("Block", "Quarantine", "Allow")[number % 3]
    return f"  - {{Characteristic: {kind}, QueryString: {text}, AccessLevel: {level}, reason: case {number}}}\n"


def _policies(number: int) -> str:
    return (
        f"  - Name: Policy {number}\n    IsDefault: {str(number == 0).lower()}\n    PasswordEnabled: true\n"
        f"    MinPasswordLength: {4 + number % 12}\n    MaxInactivityTimeLock: 00:{1 + number % 59:02}:00\n"
        f"    AllowNonProvisionableDevices: {str(number % 2 == 0).lower()}\n    RequireDeviceEncryption: true\n"
    )


def _mailboxes(number: int) -> str:
    return (
        f"  - Identity: user{number}@contoso.com\n    ActiveSyncEnabled: {str(number % 50 > 0).lower()}\n"
        f"    ActiveSyncAllowedDeviceIDs: [ID{number}A, ID{number}B]\n    ActiveSyncBlockedDeviceIDs: [LOST{number}]\n"
        f"    ActiveSyncMailboxPolicy: Policy {number % 200}\n    owner: help desk\n    expires: 2027-03-31\n"
    )


def policy(size: int) -> tuple[str, int]:
    """Return a policy of about a size in characters, and of how many mailboxes."""
    parts = ["organization:\n  DefaultAccessLevel: Quarantine\n  AdminMailRecipients: [mobile@contoso.com]\n"]
    counts = []
    for section, entry, share in (
        ("deviceAccessRules", _rules, 0.25),
        ("mobileDeviceMailboxPolicies", _policies, 0.1),
        ("mailboxes", _mailboxes, 0.65),
    ):
        parts.append(f"{section}:\n")
        length = number = 0
        while length < size * share:
            parts.append(entry(number))
            length += len(parts[-1])
            number += 1
        counts.append(number)
    return "".join(parts), counts[-1]


def snapshot(mailboxes: int) -> bytes:
    """Return live state: the mailboxes, their devices, and some rules and policies of other names."""
    return seal(
        organization={"DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ["mobile@contoso.com"]},
        deviceAccessRules=[
            {"Characteristic": "DeviceModel", "QueryString": f"SM-A{number}", "AccessLevel": "Allow"}
            for number in range(500)
        ],
        mobileDeviceMailboxPolicies=[
            {"Name": f"Policy {number}", "IsDefault": str(number == 0), "PasswordEnabled": "True"}
            for number in range(150)
        ],
        mailboxes=[
            {
                "PrimarySmtpAddress": f"user{number}@contoso.com",
                "ActiveSyncEnabled": "True",
                "ActiveSyncAllowedDeviceIDs": [f"ID{number}A"],
                "ActiveSyncBlockedDeviceIDs": [],
                "ActiveSyncMailboxPolicy": f"Policy {number % 100}",
                "ActiveSyncMailboxPolicyIsDefaulted": "False",
            }
            for number in range(mailboxes)
        ],
        devices=list(_devices(mailboxes)),
    )


def _devices(mailboxes: int) -> Iterator[dict[str, str]]:
    """Yield two devices of each mailbox, of which one is on its list."""
    for number in range(2 * mailboxes):
        mailbox, model = number // 2, number % MODELS
        yield {
            "mailbox": f"user{mailbox}@contoso.com",
            "DeviceId": f"ID{mailbox}A" if number % 2 else f"NEW{number}",
            "DeviceType": "iPhone" if model % 4 == 3 else "Android",
            "DeviceModel": MAKERS[model % 4].format(model),
            "DeviceOS": f"Android {model % 20}.{model}",
            "DeviceUserAgent": f"Android-{model}/1.{model % 50}",
            "ClientType": "EAS",
            "ClientVersion": "16.1",
            "DeviceAccessState": "Allowed",
            "LastSuccessSync": "2026-11-20T06:00:00Z",
        }


def cpu(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the least processor time of a piece of work, which other programs of the machine hardly change."""
    least = float("inf")
    for _ in range(runs):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def _read(texts: dict[str, str | bytes]) -> Project:
    """Return a project with everything read that rules ask about, and nothing worked out for them."""
    opened = project(texts)
    assert opened.lint_facts
    return opened


def _per_rule(texts: dict[str, str | bytes]) -> tuple[dict[str, float], int]:
    """Return the least time of each rule of several runs, and what they find; each run begins with nothing known."""
    least: dict[str, float] = {}
    findings = 0
    for _ in range(RUNS):
        opened = _read(texts)
        facts, findings = opened.lint_facts, 0
        for rule in active_rules(opened.rules, opened.config):
            start = time.process_time()
            findings += len(check([rule], facts))
            took = time.process_time() - start
            least[rule.id] = min(took, least.get(rule.id, took))
    return least, findings


def _show(name: str, texts: dict[str, str | bytes], reference: float, shown: int) -> None:
    rules = active_rules(project(texts).rules, project(texts).config)
    read = cpu(lambda: project(texts).loaded)
    bound = cpu(lambda: project(texts).policy)
    facts = cpu(lambda: _read(texts))
    total = cpu(lambda: project(texts).lint())
    live = cpu(lambda: project(texts).snapshot)
    checked = [_read(texts) for _ in range(RUNS)]
    ruled = min(cpu(lambda each=each: check(rules, each.lint_facts), 1) for each in checked)  # type: ignore[misc]
    times, findings = _per_rule(texts)
    print(f"\n{name}: {len(times)} rules, {findings:,} findings")
    report("  policy read and validated", read, reference, BUDGET)
    report("  policy read, validated and bound", bound, reference, BUDGET)
    report("  rules", ruled, reference, BUDGET)
    report("  lint of the policy, without reading live state", total - live, reference, BUDGET)
    shares = (("read and validate", read), ("bind", bound - read), ("live state and overlay", facts - bound))
    told = ", ".join(f"{what} {part / total:.0%}" for what, part in (*shares, ("rules", ruled)))
    print(f"  shares of lint: {told}")
    for rule, took in sorted(times.items(), key=lambda item: -item[1])[:shown]:
        print(f"    {rule:<42} {took * 1000:9.1f} ms {took / reference:7.2f} x")


def main() -> None:
    shown = int(sys.argv[1]) if len(sys.argv) > 1 else SHOWN
    text, mailboxes = policy(SIZE)
    settings = f"version: 1\npacks: [{', '.join(shared().packs.packs)}]\n"
    texts: dict[str, str | bytes] = {CONFIG: settings, "policy.yaml": text}
    gc.set_threshold(*COLLECT)

    def events() -> None:
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass

    reference = cpu(events)
    print(f"reference: events of libyaml alone           {reference * 1000:9.1f} ms, {len(text):,} characters")
    _show("without a snapshot", texts, reference, shown)
    _show("with a snapshot", {**texts, LIVE: snapshot(mailboxes)}, reference, shown)


if __name__ == "__main__":
    main()
