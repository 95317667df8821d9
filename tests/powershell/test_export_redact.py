"""A redacted export names no person and no organization, and policylint decides by it as by the plain one."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from policylint.cli.main import main
from policylint.readers.redact import redact
from policylint.readers.sealed import read_sealed
from tests.powershell import scenes
from tests.powershell.exchange import Exchange, State, read_state
from tests.powershell.scenes import scene
from tests.powershell.test_export import export, sealed, strict_scene
from tests.powershell.test_export_faults import directory, export_in, shows
from tests.texts import LIVE
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.readers.raw import RawSnapshot

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
SERVER = "exchange-2019"


def redacted(exchange: Exchange, state: State, **options: Any) -> tuple[dict[str, Any], str]:
    """Return the content of a redacted export, and its text in lowercase."""
    result, path = export(exchange, state, {"Redact": True}, options=options)
    assert (0, []) == (result.exit_code, result.errors), result.thrown
    content = sealed(path)
    assert content["header"]["redacted"] is True
    return content, path.read_text("ascii").lower()


def test_nothing_names_the_organization_or_a_person(exchange: Exchange) -> None:
    state = strict_scene()
    state["organization"] |= {
        "Identity": "contoso.onmicrosoft.com\\Mobile Mailbox Settings",
        "UserMailInsert": "Ask Anna Berg, help@fabrikam.com.",
        "OtaNotificationMailInsert": "Room 12",
    }
    for section, name in (("deviceAccessRules", "Identity"), ("mobileDeviceMailboxPolicies", "Identity")):
        for row in state[section]:
            row[name] = f"contoso.onmicrosoft.com\\{row[name]}"
    state["devices"][0] |= {"DeviceAccessControlRule": "contoso.onmicrosoft.com\\iPhone (DeviceType)"}
    state["devices"][1] |= {"DeviceAccessControlRule": state["deviceAccessRules"][1]["DistinguishedName"]}
    content, text = redacted(exchange, state)
    guids = [row["Guid"] for name in ("deviceAccessRules", "mobileDeviceMailboxPolicies") for row in state[name]]
    for word in ("contoso", "fabrikam", "anna", "room 12", scenes.TENANT, scenes.ORGANIZATION, *guids):
        assert word not in text
    assert content["header"]["organizationGuid"] == content["organization"]["Guid"]
    for name in ("tenant", "organizationGuid"):
        assert [8, 4, 4, 4, 12] == [len(part) for part in content["header"][name].split("-")]
    rules, devices = content["deviceAccessRules"], content["devices"]
    assert devices[0]["DeviceAccessControlRule"] == rules[0]["Identity"]
    assert rules[0]["Identity"].endswith("\\iPhone (DeviceType)")
    assert devices[1]["DeviceAccessControlRule"] == rules[1]["DistinguishedName"]
    assert rules[1]["DistinguishedName"].startswith("CN=Android 9 (DeviceOS),")
    assert ["Default", "Kiosk"] == [row["Name"] for row in content["mobileDeviceMailboxPolicies"]]
    assert ["iPhone (DeviceType)", "Android 9 (DeviceOS)"] == [row["Name"] for row in rules]
    assert content["organization"]["AdminMailRecipients"][0].endswith("@redacted.invalid")


def test_what_is_empty_stays_empty(exchange: Exchange) -> None:
    state = scene()
    state["organization"] |= {"UserMailInsert": None, "OtaNotificationMailInsert": "", "AdminMailRecipients": []}
    content, _ = redacted(exchange, state)
    assert [None, "", []] == [
        content["organization"][name] for name in ("UserMailInsert", "OtaNotificationMailInsert", "AdminMailRecipients")
    ]
    assert content["devices"][0]["DeviceAccessControlRule"] is None
    assert [] == content["mailboxes"][1]["ActiveSyncAllowedDeviceIDs"]


@pytest.mark.parametrize("reference", ["name", "dn", "guid", "path"])
def test_a_mailbox_still_refers_to_its_policy(exchange: Exchange, reference: str) -> None:
    content, text = redacted(exchange, scene(), edition=SERVER, reference=reference)
    kiosk, kim = content["mobileDeviceMailboxPolicies"][1], content["mailboxes"][1]
    shown = kim["ActiveSyncMailboxPolicy"]
    if reference == "path":
        assert shown.endswith("/Kiosk")
    else:
        assert shown == kiosk[{"name": "Name", "dn": "DistinguishedName", "guid": "Guid"}[reference]]
    assert "contoso" not in text


GONE = ["Android 8 (DeviceOS)", "contoso.com\\Android 8 (DeviceOS)", "CN=Android 8 (DeviceOS),CN=X,DC=contoso,DC=com"]


@pytest.mark.parametrize("named", GONE)
def test_a_rule_that_is_gone_is_still_of_its_characteristic(exchange: Exchange, named: str) -> None:
    state = scene()
    state["devices"][0]["DeviceAccessControlRule"] = named
    content, text = redacted(exchange, state)
    assert content["devices"][0]["DeviceAccessControlRule"].endswith(" (DeviceOS)")
    assert "contoso" not in text


HOSTILE = (
    '"}],"seal": 1',
    "a\nb\r\n\x1b[2J",
    "\ud83d",
    "\u2028 \u202e \u00df SS",
    "CN=a\\,b,DC=contoso",
    "contoso\\\\a/b/",
    "((DeviceOS))",
    "x" * 5000 + "contoso",
    "' -replace '(a+)+$",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_odd_texts_are_hidden_too(exchange: Exchange, text: str) -> None:
    state = scene()
    for row in state["mailboxes"]:
        row["Name"] = text
    state["organization"]["UserMailInsert"] = text
    state["devices"][0] |= {"DeviceAccessControlRule": text, "DistinguishedName": text}
    content, written = redacted(exchange, state)
    assert "contoso" not in written
    names = {row["Name"] for row in content["mailboxes"]}
    assert {content["organization"]["UserMailInsert"]} == names
    assert content["devices"][0]["mailbox"] == content["mailboxes"][0]["PrimarySmtpAddress"]


@pytest.mark.parametrize("shown", [shows("$false", "'contoso.com/Users'"), "throw 'CONTOSO\\anna may not'"])
def test_the_scope_is_hidden_too(exchange: Exchange, shown: str) -> None:
    lines = directory(shown)
    result, path = export_in(exchange, lines, {"Redact": True}, options={"edition": SERVER})
    assert 0 == result.exit_code
    assert "contoso" not in path.read_text("ascii").lower()
    assert "the entire forest" in sealed(path)["complete"]["devices"]


def test_a_run_keeps_nothing_but_pseudonyms(exchange: Exchange) -> None:
    folder = exchange.case()
    broken, _ = export(
        *(exchange, strict_scene(), {"Redact": True, "Statistics": "All"}),
        options={"failReadAt": [9, 10]},
        folder=folder,
    )
    assert 1 == broken.exit_code
    assert any("with -Redact nothing is kept" in line for line in broken.output)
    left = {entry.name: entry.read_text("ascii").lower() for entry in folder.glob("live.json*")}
    assert {"live.json.partial"} == left.keys()
    assert "contoso" not in left["live.json.partial"]
    assert "john" not in left["live.json.partial"]


@pytest.fixture(scope="module")
def both(exchange: Exchange, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folder of the shipped example with a plain export, and with a redacted one."""
    folders = []
    live = read_state(EXAMPLE / "live.json")
    del live["seal"]
    for name, arguments in (("plain", {}), ("redacted", {"Redact": True})):
        folder = tmp_path_factory.mktemp(name) / "repo"
        shutil.copytree(EXAMPLE, folder)
        shutil.rmtree(folder / "policy" / "mailboxes")  # what a policy says of a mailbox, it says of its address
        result, path = export(exchange, live, arguments | {"Statistics": "All"})
        assert (0, []) == (result.exit_code, result.errors)
        shutil.copy(path, folder / "live.json")
        folders.append(folder)
    return folders[0], folders[1]


def outputs(both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[dict[str, Any]]:
    """Return what a command says as JSON of the plain export and of the redacted one."""
    found = []
    for folder in both:
        monkeypatch.chdir(folder)
        result = CliRunner().invoke(main, [*arguments, "--format", "json"])
        assert result.exit_code in {0, 1, 2}, (result.output, result.exception)
        found.append(json.loads(result.stdout))
    return found


def nameless(value: Any) -> Any:
    """Return a value of JSON without the names that a redacted file hides, and its lists sorted."""
    if isinstance(value, dict):
        return {key: nameless(item) for key, item in value.items() if key not in {"mailbox", "deviceId"}}
    if isinstance(value, str) and "@" in value:
        return "somebody"
    return sorted(map(nameless, value), key=json.dumps) if isinstance(value, list) else value


def test_simulate_counts_the_same(both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    plain, redacted = outputs(both, monkeypatch, "simulate")
    assert "fabrikam" not in json.dumps(redacted["snapshot"])
    for record in (plain, redacted):
        del record["snapshot"]
    assert plain.keys() == redacted.keys()
    for key, value in plain.items():
        assert nameless(value) == nameless(redacted[key]), key
    assert len(plain["devices"]) > 20


def test_lint_finds_the_same_of_live_state(both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    plain, redacted = outputs(both, monkeypatch, "lint")
    found = [{(each["rule"], each["path"]) for each in record["diagnostics"]} for record in (plain, redacted)]
    assert {"snapshot-redacted"} >= {rule for rule, _ in found[1] - found[0]}
    assert {rule for rule, _ in found[0] - found[1]} <= {"declared-not-found", "stale-device-id", "unknown-mailbox"}


def texts_of(raw: RawSnapshot) -> Iterator[str]:
    """Yield each text of live state that may name somebody or stay, in the order of the file."""
    header = raw.header
    for value in (header.tenant, header.organization, header.organization_guid):
        yield value or ""
    for section, rows in raw.sections.items():
        for row in rows:
            for name in STORE.sections[section].personal + STORE.sections[section].paths + ("QueryString", "Name"):
                value = row.get(name)
                yield from value if isinstance(value, list) else [value or ""]
    owners, kinds = raw.devices.owners(), raw.devices.all_kinds()
    for columns in raw.devices.columns():
        yield from (owners[number][0] for number in columns.owners)
        yield from (*columns.ids, *columns.guids)
        yield from (kinds[number].live_rule for number in columns.kinds)


def test_a_snapshot_that_is_redacted_later_is_redacted_alike(both: tuple[Path, Path]) -> None:
    plain, by_script = (read_sealed([(folder / "live.json").read_bytes()], LIVE, STORE) for folder in both)
    by_us = redact(plain, STORE, bytes(64))
    digits = re.compile("[0-9a-f]{12,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    names: dict[str, str] = {}
    for before, ours, theirs in zip(*map(texts_of, (plain, by_us, by_script)), strict=True):
        assert (before == ours) is (before == theirs), before
        assert digits.sub("?", ours) == digits.sub("?", theirs), before
        assert theirs == names.setdefault(ours, theirs), before
    assert len(names) == len(set(names.values())) > 100
