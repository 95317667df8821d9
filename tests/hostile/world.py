"""Repositories whose names and texts try to steer whatever shows them, and how each command is run over them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from policylint.source import Source
from policylint.syntax.parse import parse
from tests.sealed import HEADER, seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORGED = "FORGED"
"""What a text begins a line with where it can; no output may have a line that begins so."""

TEXTS = {
    "workflow": f"a\n::error title=x::pwned\n{FORGED}",
    "stop": "::stop-commands::x",
    "blanks": "  \t ::stop-commands::x",
    "log": "a ##[error]x ##vso[task.setvariable variable=x]y",
    "color": f"\x1b[31m{FORGED}\x1b[0m\x1b[1;5m",
    "operating-system": "\x1b]52;c;aGk=\x07\x1b]8;;https://contoso.com\x1b\\x",
    "c1": "\x9b31mx\x9d0;x\x9c",
    "carriage-return": f"a\r{FORGED}",
    "both": f"a\r\n{FORGED}",
    "separators": f"a\u2028{FORGED}\u2029{FORGED}\x85{FORGED}\x0b{FORGED}\x0c{FORGED}",
    "directions": "\u202e\u2066x\u2069\u200e\u200f\u061c\u202c",
    "unseen": "a\u200b\u200d\ufeff\u00ad\u3164\u2800\U000e0041b",
    "formula": "=cmd|' /C calc'!A0",
    "formula-after-a-line-end": "\n=1+1",
    "formula-after-blanks": " \t\"'+1",
    "formula-at": "@SUM(A1)",
    "formula-full-width": "\uff1d1+1",
    "formula-after-a-separator": "a;=1+1",
    "formula-after-a-quote": "a;\"=cmd|' /C calc'!A0",
    "variants": "h\U000e0101\U000e0102i\ufe00\U0001d159",
    "html": "<img src=x onerror=alert(1)>\"'&amp;</script><script>x</script>",
    "markdown": "| a | [x](javascript:1) `b` ![y](http://adatum.com) #",
    "shell": "$(touch PWNED)`touch PWNED`;touch PWNED|touch PWNED&touch PWNED\n",
    "quotes": "'\"\u2018\u2019;touch PWNED;'\"",
    "letters": "\u0159\u00e9 \U0001f4f1 \u2019 \u05d0 \uff21",
    "cell": "a,b;c\"d'e\tf",
}
"""Texts that a file can hold, by what they try."""

LIVE = {**TEXTS, "nul": "a\x00b"}
"""Texts that a snapshot can hold."""

ALL = {**LIVE, "surrogate": "a\ud800b"}
"""Texts, also those that only a file of JSON that is refused can hold."""

WRITABLE = {name: text for name, text in TEXTS.items() if not parse(Source("a.yaml", json.dumps([text])))[1]}
"""The texts that a policy may hold without being refused for it."""

TAKEN_AT = "2026-11-23T08:00:00Z"
NOW = "1795435200"
"""The moment of the runs, five days later, as SOURCE_DATE_EPOCH."""

MAILBOX, DEVICE = "john.doe@contoso.com", "SEC0438184C9BE2A"

_CLIXML = "http://schemas.microsoft.com/powershell/2004/04"
_CONFIG = """\
version: 1
snapshot: live.json
custom-rules: [lint]
target: contoso.onmicrosoft.com
guards: {max-newly-denied: 0, max-newly-denied-percent: null, snapshot-max-age-hours: null, protect: PROTECT}
manage: {deviceAccessRules: owned, mobileDeviceMailboxPolicies: additive, mailboxes: additive}
environments: {ENVIRONMENT: {policies: ["policy/*.yaml"]}}
"""


class Run(NamedTuple):
    """A command line: in which of the repositories, and its arguments behind the name of the command."""

    repository: str
    arguments: tuple[str, ...] = ()


def _in(repository: str, *lines: str) -> tuple[Run, ...]:
    return tuple(Run(repository, tuple(line.split())) for line in lines)


_NEW_RULE = Run("empty", ("new", "house/open", "--folder", TEXTS["workflow"]))

RUNS: dict[str, tuple[Run, ...]] = {
    "lint": (
        *(*_in("valid", "", "--show-config"), *_in("broken", ""), *_in("unread", "")),
        *(*_in("missing", "", "--require-snapshot"), *_in("packs", "", "--show-config"), *_in("partial", "")),
        *_in("valid", "--baseline known.yaml", "--baseline policy/a.yaml"),
        *_in("broken", "--fix --unsafe --diff", "--statistics", "--quiet --min-severity info"),
        *_in("valid", "--base HEAD --changed"),
        *(Run("valid", (option, TEXTS["workflow"])) for option in ("--select", "--ignore", "--base")),
    ),
    "show": (
        *_in("valid", f"mailbox {MAILBOX}", "rules", "policies --full", "organization --full"),
        *_in("valid", "plan made.json --check"),
        Run("valid", ("mailbox", TEXTS["workflow"])),
        Run("valid", ("policies", TEXTS["color"])),
        *_in("partial", "rules --allow-incomplete organization --allow-incomplete devices"),
        *_in("valid", "plan made.json", "plan refused.json --full", "plan strange.json"),
    ),
    "test": (*_in("valid", ""), *_in("broken", ""), *_in("missing", ""), *_in("strange", "")),
    "simulate": (
        *_in("valid", "--full --explain-mismatch", "--by model", "--by rule", "--by mailbox", "--stale 1"),
        *_in("partial", "--allow-incomplete organization --allow-incomplete devices"),
    ),
    "why": (
        *_in("valid", DEVICE, f"--mailbox {MAILBOX}", f"{DEVICE} --mailbox jane.roe@contoso.com"),
        *_in("valid", f"--mailbox {MAILBOX} --format html"),
        Run("valid", (TEXTS["workflow"],)),
        Run("valid", ("--type", TEXTS["color"], "--os", TEXTS["log"])),
    ),
    "diff": (*_in("valid", "live --full", "HEAD --full"), Run("valid", (TEXTS["workflow"],))),
    "triage": (
        *_in("valid", "--full", "--accept 1 --as-rule --diff"),
        Run("valid", ("--accept", TEXTS["workflow"])),
        *_in("partial", "--allow-incomplete organization --allow-incomplete devices"),
    ),
    "approve": (
        *_in("valid", "--quarantined --diff", DEVICE),
        Run("valid", (TEXTS["workflow"], TEXTS["color"], "--mailbox", MAILBOX, "--reason", TEXTS["log"])),
        Run("valid", ("NEW1", "--mailbox", MAILBOX, "--reason", TEXTS["color"], "--diff")),
    ),
    "cache": _in("valid", "", "--clear"),
    "deny": (*_in("valid", f"--mailbox {MAILBOX} --dry-run"), Run("valid", (TEXTS["color"],))),
    "minimize": (*_in("missing", ""), *_in("valid", "")),
    "expire": (
        *_in("valid", "--dry-run", "--diff --as-of 2099-01-01", "--unused 1 --dry-run --as-of 2099-01-01"),
        *_in("valid", "--as-of 2099-01-01"),
        *_in("broken", ""),
        Run("valid", ("--as-of", TEXTS["workflow"])),
    ),
    "report exemptions": (
        *_in("valid", "", "--full", "--format csv", "--format html", "--format json", f"--mailbox {MAILBOX}"),
        *_in("partial", "--allow-incomplete organization --allow-incomplete devices"),
        *_in("broken", ""),
        Run("valid", ("--mailbox", TEXTS["workflow"])),
    ),
    "report helpdesk": (
        *_in("valid", "-o desk", "-o desk --redact --stale-after 1", "-o policy"),
        *_in("partial", "-o desk --allow-incomplete organization --allow-incomplete devices"),
        *_in("broken", "-o desk"),
        Run("valid", ("-o", TEXTS["workflow"])),
    ),
    "report pack": (
        *_in("valid", "strict --full", "lifecycle --as-of 2099-01-01", "cis-exchange-2019-l1 --fail-on fail"),
        *_in("partial", "recommended --allow-incomplete organization --allow-incomplete devices"),
        *_in("broken", "recommended"),
        Run("valid", (TEXTS["workflow"],)),
        Run("valid", ("notes", "--as-of", TEXTS["color"])),
    ),
    "mine": (
        *_in("valid", "", "--budget 0", "--default Block"),
        *(Run("valid", ("--prefer", TEXTS["color"])), *_in("partial", "")),
    ),
    "plan": (
        *_in("valid", "--full", "--out plan.json", "--base HEAD --full", "--audit-log audit.json --full"),
        *_in("broken", ""),
        *_in("partial", ""),
        *_in("strange", ""),
        *_in("valid", f"--rings {MAILBOX} --bridge --out rings", "--rings 50% --format json"),
        Run("valid", ("--rings", TEXTS["workflow"])),
        *_in("valid", "--all-environments", "--all-environments --format json --out plans"),
        *_in("valid", "--all-environments --format markdown", "--all-environments --format github"),
        *_in("broken", "--all-environments"),
    ),
    "environments": (
        *_in("valid", "", "--format json", "--format github-matrix", "--format gitlab", "--changed-since HEAD"),
        *_in("broken", ""),
        *(Run("valid", (option, TEXTS["workflow"])) for option in ("--only", "--changed-since")),
        Run("valid", ("--changed-since", TEXTS["workflow"], "--format", "gitlab")),
    ),
    "apply-script": (
        *_in("valid", "made.json", "refused.json", "strange.json", ""),
        *_in("valid", *(f"{name}.plan.json" for name in ("action", "tool", "format"))),
        *_in("valid", "made.json --max-steps 2", "made.json --max-steps 2 -o part.ps1"),
    ),
    "export-script": (*_in("valid", ""), *_in("broken", "")),
    "snapshot show": (
        *_in("valid", "live.json", "exports --edition exchange-online", "policy", "exports --section devices"),
        Run("valid", (TEXTS["workflow"],)),
    ),
    "snapshot seal": (
        *_in("valid", "exports --edition exchange-online -o sealed.json", "live.json"),
        Run("valid", (TEXTS["workflow"],)),
    ),
    "fmt": (*_in("broken", "--check", "--diff"), *_in("unread", "--check")),
    "lock": (*_in("valid", "--dry-run", "--check --diff"), *_in("broken", "")),
    "completion": _in("valid", "bash", "zsh", "fish", "powershell"),
    "rules": (*_in("valid", "", "test", "test lint"), Run("valid", ("new", TEXTS["workflow"])), _NEW_RULE),
    "explain": (*_in("valid", "house-rule", "--list"), Run("valid", (TEXTS["workflow"],))),
    "schema": (*_in("valid", "--list", "config"), Run("valid", ("--check", "--write", f"{TEXTS['workflow']}/x"))),
    "lsp": (*_in("valid", ""), Run("empty", (TEXTS["workflow"],))),
    "init": (
        *(Run("empty", (TEXTS["workflow"],)), Run("empty", (TEXTS["log"],)), Run("valid", (TEXTS["log"],))),
        *(Run("empty", (f"--{name}", TEXTS["workflow"])) for name in ("target", "admin", "edition", TEXTS["color"])),
    ),
    "import": (
        *_in("empty", "../valid/live.json -o policy"),
        Run("empty", ("../valid/live.json", "-o", TEXTS["workflow"])),
        Run("empty", (TEXTS["workflow"], "-o", "policy")),
        *_in("valid", "live.json -o policy", "live.json -o policy --take-live"),
        *_in("partial", "live.json -o policy --update --allow-incomplete organization --allow-incomplete devices"),
        *_in("strange", "live.json -o new"),
    ),
    "help": (*_in("valid", "", "lint"), Run("valid", (TEXTS["workflow"],))),
}
"""How each command is run; --format and --color come from the command itself."""


def build(folder: Path) -> dict[str, Path]:
    """Make the repositories, and return their folders by name."""
    folders = {
        name: folder / name for name in ("valid", "broken", "unread", "partial", "missing", "strange", "packs", "empty")
    }
    _valid(folders["valid"])
    _broken(folders["broken"])
    _unread(folders["unread"])
    _write(folders["partial"] / "policylint.yaml", "version: 1\nsnapshot: live.json\n")
    _write(folders["partial"] / "policy" / "a.yaml", "organization: {DefaultAccessLevel: Block}\n")
    texts = dict.fromkeys(("organization", "tenant", "organizationGuid"), TEXTS["workflow"])
    complete: dict[str, bool | str] = {"devices": TEXTS["workflow"], "organization": TEXTS["color"]}
    live = seal({**HEADER, **texts, "takenAt": TAKEN_AT}, organization={}, complete=complete)
    _write(folders["partial"] / "live.json", live)
    _write(folders["missing"] / "policylint.yaml", f"version: 1\nsnapshot: {json.dumps(TEXTS['workflow'])}\n")
    rules = [
        {"QueryString": text, "Characteristic": "DeviceModel", "AccessLevel": "Block"} for text in WRITABLE.values()
    ]
    block = {"organization": {"DefaultAccessLevel": "Block"}}
    _write(folders["missing"] / "policy" / "a.yaml", _yaml({**block, "deviceAccessRules": rules}))
    _write(folders["packs"] / "policylint.yaml", f"version: 1\npacks: {json.dumps([*WRITABLE.values()])}")
    _write(folders["packs"] / "policy" / "a.yaml", _yaml(block))
    _write(folders["strange"] / "policylint.yaml", "version: 1\nsnapshot: live.json\n")
    _write(folders["strange"] / "policy" / "a.yaml", _yaml(block))
    _write(folders["strange"] / "live.json", seal({**HEADER, "edition": TEXTS["workflow"]}))
    folders["empty"].mkdir()
    return folders


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _git(folder: Path, *arguments: str) -> None:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    own |= {f"GIT_{who}_{what}": "a@contoso.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    own |= {f"GIT_{who}_DATE": "2026-11-20T06:00:00Z" for who in ("AUTHOR", "COMMITTER")}
    subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **own}, check=True, capture_output=True)


def _valid(folder: Path) -> None:
    """A policy that plans, simulates and is tested, with hostile texts wherever one may be written."""
    config = _CONFIG.replace("PROTECT", json.dumps([f"*{text}*" for text in WRITABLE.values()] + ["john.doe@*"]))
    _write(folder / "policylint.yaml", config.replace("ENVIRONMENT", json.dumps(TEXTS["log"])))
    _write(folder / "policy" / "a.yaml", _yaml(_policy("Block", tuple(WRITABLE.values()))))
    _write(folder / "lint" / "house" / "house-rule" / "rule.yaml", _yaml(_rule()))
    _write(folder / "lint" / "house" / "step-rule" / "rule.yaml", _yaml(_step_rule()))
    _write(folder / "lint" / "house" / "house-rule" / "rule.md", "\n\n".join(("# house-rule", *TEXTS.values())))
    _write(folder / "lint" / "house" / "house-rule" / "good" / "a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    bad = "organization:\n  DefaultAccessLevel: Block  # expect: house-rule\n"
    _write(folder / "lint" / "house" / "house-rule" / "bad" / "a.yaml", bad)
    _write(folder / "live.json", _live())
    known = [{"rule": text, "kind": text, "name": text, "words": {"x": text}} for text in WRITABLE.values()]
    _write(folder / "audit.json", json.dumps([*_audit_log()]))
    _write(folder / "known.yaml", _yaml({"version": 1, "findings": known}))
    _exports(folder / "exports")
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-qm", "base")
    _write(folder / "policy" / "a.yaml", _yaml(_policy("Quarantine", tuple(WRITABLE.values())[3:])))
    for name, record in _plans():
        _write(folder / name, json.dumps(record))
    for name, lines in _journals():
        _write(folder / name, "".join(json.dumps(line) + "\n" for line in lines))


def _audit_log() -> Iterator[dict[str, Any]]:
    """Yield records of an audit log of what somebody with any name ran, and of what is no cmdlet."""
    for text in LIVE.values():
        for cmdlet, name in (
            ("Set-ActiveSyncOrganizationSettings", text),
            ("New-ActiveSyncDeviceAccessRule", f"{text} (DeviceType)"),
            (text, text),
        ):
            run = {"CmdletName": cmdlet, "ObjectModified": name, "Caller": text, "RunDate": text, "Succeeded": "True"}
            yield {**run, "CmdletParameters": [{"Name": "DefaultAccessLevel", "Value": text}]}


def _exports(folder: Path) -> None:
    """Outputs of Get- cmdlets with hostile texts wherever one may be, in files of hostile names."""
    rules = [
        {
            "QueryString": text,
            "Characteristic": "DeviceModel",
            "AccessLevel": "Block",
            "OrganizationId": text,
            "Guid": text,
        }
        for text in LIVE.values()
    ]
    _write(folder / "rules.json", json.dumps(rules))
    lists = ("ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
    mailboxes = [{"PrimarySmtpAddress": text, **dict.fromkeys(lists, f"{text}...")} for text in LIVE.values()]
    _write(folder / "cas.json", json.dumps(mailboxes))
    devices = [
        {"DeviceId": text, "DeviceType": text, "FirstSyncTime": text, "Identity": f"{text}?"} for text in LIVE.values()
    ]
    _write(folder / "devices.json", json.dumps(devices))
    _write(folder / f"{TEXTS['workflow']}.json", json.dumps([dict.fromkeys(LIVE.values(), 1)]))
    _write(folder / f"{TEXTS['color'].replace('/', '')}.txt", TEXTS["workflow"])
    types = "".join(f"<T>{escape(text)}</T>" for text in WRITABLE.values() if text.isprintable())
    _write(
        folder / "x.clixml",
        f'<Objs Version="1.1.0.1" xmlns="{_CLIXML}"><Obj RefId="0"><TN RefId="0">{types}</TN><MS /></Obj></Objs>',
    )


def _yaml(value: Any) -> str:
    """Return YAML that is JSON: quoted, with nothing raw."""
    return json.dumps(value, ensure_ascii=True, indent=1)


def _policy(level: str, texts: tuple[str, ...]) -> dict[str, Any]:
    levels = {"DeviceModel": "Allow", "DeviceOS": "Allow", "UserAgent": "Quarantine"}
    rules = [
        {"QueryString": text, "Characteristic": name, "AccessLevel": access, "reason": text, "owner": text}
        for text in texts
        for name, access in levels.items()
    ]
    described = [
        {"name": text, "device": {"DeviceType": text, "DeviceModel": "x"}, "expect": "Allowed", "reason": "Global"}
        for text in texts
    ]
    asserted = [
        {"name": text, "always": {"state": "Allowed", "DeviceType": text}, "reason": text, "owner": text}
        for text in texts
    ]
    return {
        "organization": {"DefaultAccessLevel": level, "UserMailInsert": TEXTS["workflow"]},
        "deviceAccessRules": rules,
        "mobileDeviceMailboxPolicies": [{"Name": "Strict", "reason": TEXTS["workflow"], "owner": TEXTS["log"]}],
        "mailboxes": [{"Identity": MAILBOX, "ActiveSyncBlockedDeviceIDs": [DEVICE], "reason": TEXTS["workflow"]}],
        "tests": described,
        "assertions": asserted,
    }


def _rule() -> dict[str, Any]:
    return {
        "title": TEXTS["workflow"],
        "severity": "warning",
        "subject": "organization",
        "predicate": "field-in",
        "params": {"field": "DefaultAccessLevel", "values": ["Block", "Quarantine"]},
        "message": TEXTS["both"] + " {value}",
        "help": TEXTS["workflow"],
    }


def _step_rule() -> dict[str, Any]:
    return {
        **_rule(),
        "severity": "error",
        "subject": "step",
        "predicate": "step-is",
        "params": {"action": ["create", "update", "delete"]},
        "message": TEXTS["both"] + " {identity} {property} {before} {after} {added} {removed} {reason} {owner}",
        "help": TEXTS["workflow"] + " {owner}",
    }


def _live() -> bytes:
    """Return live state of what phones and administrators wrote."""
    texts = tuple(LIVE.values())
    devices = [
        {
            "mailbox": MAILBOX if number % 2 else None,
            "Guid": f"6690e86a-8ce0-5e9c-9e3e-{number:012d}",
            "Identity": text,
            "DeviceId": DEVICE if number == 1 else f"ID{number}{text}",
            "DeviceType": text,
            "DeviceModel": text,
            "DeviceOS": texts[number - 1],
            "DeviceUserAgent": text,
            "DeviceAccessState": "Allowed",
            "DeviceAccessStateReason": "DeviceRule",
            "DeviceAccessControlRule": text,
            "ClientType": "EAS",
            "ClientVersion": "16.1",
            "FirstSyncTime": "2024-07-20T16:28:58Z",
            "LastSuccessSync": "2026-01-13T15:33:24Z",
        }
        for number, text in enumerate(texts)
    ]
    rules = [
        {"Identity": f"{text} (DeviceType)", "Name": text, "Guid": f"f46e8fbf-4559-5859-a358-{number:012d}"}
        | {"Characteristic": "DeviceType", "QueryString": text, "AccessLevel": "Allow"}
        for number, text in enumerate(texts)
    ]
    policies = [
        {"Identity": text, "Name": text, "Guid": f"f46e8fbf-4559-5859-a359-{number:012d}", "IsDefault": "False"}
        for number, text in enumerate(texts)
    ]
    mailboxes = [
        {"Identity": address, "Guid": f"52c8e556-7320-5745-a703-{number:012d}", "PrimarySmtpAddress": address}
        | {
            "ActiveSyncEnabled": "True",
            "ActiveSyncMailboxPolicy": texts[number],
            "ActiveSyncBlockedDeviceIDs": [*texts],
        }
        | {"ActiveSyncMailboxPolicyIsDefaulted": "False", "ActiveSyncAllowedDeviceIDs": []}
        for number, address in enumerate((MAILBOX, "jane.roe@contoso.com"))
    ]
    organization = {"Identity": "Mobile Mailbox Settings", "DefaultAccessLevel": "Allow", "UserMailInsert": texts[0]}
    return seal(
        {**HEADER, "takenAt": TAKEN_AT},
        organization={**organization, "AdminMailRecipients": []},
        deviceAccessRules=rules,
        mobileDeviceMailboxPolicies=policies,
        mailboxes=mailboxes,
        devices=devices,
    )


def _plans() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield saved plans that somebody edited and sealed again: one that is refused, and some that are strange."""
    refusals = [{"guard": text, "message": text, "acknowledge": text} for text in TEXTS.values()]
    yield "refused.json", {"format": "policylint-plan/1", "refusals": refusals}
    yield "strange.json", {TEXTS["workflow"]: TEXTS["color"], "format": TEXTS["workflow"]}


def _journals() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield journals of a script that made a rule of every text: as it would be written, strange, and cut."""
    nothing = dict.fromkeys(("step", "before", "after", "message"))
    head = {"time": TAKEN_AT, "fingerprint": f"sha256:{'0' * 64}", **nothing}
    steps = {f"s{number:03}": text for number, text in enumerate(WRITABLE.values(), start=1)}
    whose = {name: HEADER[name] for name in ("tool", "edition", "tenant", "organization", "organizationGuid")}
    told = dict.fromkeys(("by", "machine", "shell", "module"), TEXTS["workflow"])
    run = {"format": "policylint-journal/1", **whose, **told, "createdAt": TAKEN_AT, "steps": [*steps]}
    lines = [{**head, "event": "start", "run": {**run, **dict.fromkeys(("notAfter", "takesBack", "script"))}}]
    for step, text in steps.items():
        target = {"Characteristic": "DeviceModel", "QueryString": text}
        after = {**target, "AccessLevel": "Block"}
        kinds = {"QueryString": "string"}
        changes = [
            {"property": name, "kind": kinds.get(name, "enum"), "before": None, "after": value}
            for name, value in after.items()
        ]
        made = {"action": "create", "kind": "deviceAccessRule", "identity": f"{text} (DeviceModel)"}
        about = {**head, "step": step, "after": after}
        lines.append({**about, "event": "start", "object": {**made, "target": target, "changes": changes}})
        lines += [{**about, "event": event} for event in ("changed", "verified")]
    yield "done.jsonl", lines
    yield "strange.jsonl", [*lines, {**head, "event": TEXTS["workflow"], TEXTS["color"]: TEXTS["log"]}]
    yield "cut.jsonl", [lines[0], *({**head, "step": "s001", "event": text} for text in TEXTS.values())]


def edited_plans(plan: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a plan with one text after the other changed and its fingerprint made anew."""
    guard = "unknown-mailbox"
    refusals = [{"guard": guard, "message": text, "acknowledge": f"{guard}={text}"} for text in TEXTS.values()]
    step = plan["steps"][0]
    kept = (each for each in plan["steps"] if "\\x00" not in str(each))
    steps = [each | {"id": f"s{number:03}"} for number, each in enumerate(kept, start=1)]
    yield "refused.json", _sealed(plan | {"refusals": refusals})
    yield "made.json", _sealed(plan | {"refusals": [], "steps": steps})
    yield "action.plan.json", _sealed(plan | {"refusals": [], "steps": [step | {"action": TEXTS["workflow"]}]})
    yield "tool.plan.json", _sealed(plan | {"refusals": [], "tool": TEXTS["workflow"]})
    yield "format.plan.json", plan | {"format": TEXTS["workflow"]}


def _sealed(plan: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in plan.items() if name != "fingerprint"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return {**rest, "fingerprint": "sha256:" + hashlib.sha256(text.encode()).hexdigest()}


def _broken(folder: Path) -> None:
    """A policy with findings: files of hostile names, and hostile texts in every message."""
    _write(folder / "policylint.yaml", "version: 1\n")
    texts = [*TEXTS.values()]
    _write(folder / "policy" / "a.yaml", _yaml({text: text for text in texts}))
    bad = [{"Identity": text, text: text, "ActiveSyncEnabled": text} for text in texts]
    _write(folder / "policy" / "b.yaml", _yaml({"mailboxes": bad, "deviceAccessRules": texts}))
    comments = "".join(f"# policylint: ignore[{text}] {text}\n" for text in texts if text.isprintable())
    _write(folder / "policy" / "c.yaml", f"{comments}organization: {{DefaultAccessLevel: Nope}}\n")
    _write(folder / "policy" / "d.yaml", "organization:\n  UserMailInsert:   'x \u202e \u200b ::y'\n")
    for text in texts:
        name = text.replace("/", "").replace("\x00", "")[:60]
        _write_if_possible(folder / "policy" / f"{name}.yaml", f"organization: {{DefaultAccessLevel: {len(name)}}}\n")
    _write_if_possible(folder / "policy" / os.fsdecode(b"n\xff\xfe.yaml"), "organization: {DefaultAccessLevel: 1}\n")


def _unread(folder: Path) -> None:
    """Files that are no YAML, with texts from their bytes in the message."""
    _write(folder / "policylint.yaml", "version: 1\n")
    _write(folder / "policy" / "a.yaml", b"organization: {DefaultAccessLevel: Allow}\n")
    for number, text in enumerate(TEXTS.values()):
        _write(folder / "policy" / f"x{number}.yaml", f"a: [{text}".encode())
        _write(folder / "policy" / f"y{number}.yaml", f"'{text}: *x !{text}".encode("utf-16"))
    _write(folder / "policy" / "z.yaml", b"a: \xff\n")


def _write_if_possible(path: Path, content: str) -> None:
    try:
        _write(path, content)
    except (OSError, UnicodeError):  # not every file system takes every name
        return
