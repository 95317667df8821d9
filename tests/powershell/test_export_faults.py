"""The exporting script in sessions that go wrong: it seals what is whole, says what is not, and resumes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.powershell.exchange import HERE
from tests.powershell.scenes import exporter, scene
from tests.powershell.test_export import export, sealed, strict_scene, unfinished

if TYPE_CHECKING:
    from pathlib import Path

    from tests.powershell.exchange import Exchange, Result, State

PLAIN = HERE / "PlainSession.ps1"
ALL = ["DEVICE1", "DEVICE2", "DEVICE3"]


def export_in(
    exchange: Exchange,
    lines: str,
    arguments: dict[str, Any] | None = None,
    *,
    state: State | None = None,
    options: dict[str, Any] | None = None,
    folder: Path | None = None,
    script: str | None = None,
) -> tuple[Result, Path]:
    """Run the exporter in a session that ran some lines before; return what it did and where its file is."""
    folder = folder or exchange.case()
    (folder / "session.ps1").write_text(
        "param([string]$Path, [switch]$Resume, [switch]$Redact, [string]$Statistics = 'Strict')\n"
        "$given = $PSBoundParameters\n"
        f'{lines}\ntry {{ & "FileSystem::$PSScriptRoot/script.ps1" @given }}\n'
        'finally { $global:PSDefaultParameterValues = @{}; Set-Location "FileSystem::$PSScriptRoot" }\n'
        "exit $LASTEXITCODE\n"
    )
    path = folder / "live.json"
    edition = (options or {}).get("edition", "exchange-online")
    result = exchange.run(
        *(script or exporter(edition), state or scene(), {"Path": str(path)} | (arguments or {})),
        options=options,
        folder=folder,
        entry="session.ps1",
    )
    return result, path


def ids(path: Path) -> list[str]:
    """Return the ids of the devices in a sealed file."""
    return [row["DeviceId"] for row in sealed(path)["devices"]]


@pytest.mark.parametrize(
    "table",
    [
        "'Get-MobileDevice:ResultSize' = 1",
        "'Get-MobileDevice:Mailbox' = 'john.doe@contoso.com'",
        "'*:Identity' = 'john.doe@contoso.com'; '*:ResultSize' = '1'",
        "'Get-CASMailbox:ResultSize' = 1; '*:ErrorAction' = 'Ignore'",
    ],
)
def test_defaults_of_the_caller_do_not_reach_the_readings(exchange: Exchange, table: str) -> None:
    result, path = export_in(exchange, f"$global:PSDefaultParameterValues = @{{ {table} }}")
    assert (0, []) == (result.exit_code, result.errors)
    assert ALL == ids(path)
    assert 3 == len(sealed(path)["mailboxes"])


# ---- a reading that breaks -------------------------------------------------------------------------------------------

STYLES = {
    "thrown": "throw $Text",
    "written": "Write-Failure $Cmdlet $Text",
    "written by a function below, which only goes on": "Write-Error -Message $Text -ErrorAction Continue",
    "noted only": "$global:EXO_LastExecutionStatus = $false",
}
QUIET = "noted only"
THROTTLED = "HTTP 429: Too many requests."
EXPIRED = "Expired or Invalid pagination request. Default Expiry time is 00:30:00"
SILENT = "Get-MobileDevice failed without saying why: Exchange Online notes that its last call did"
UNKNOWN = "Something is wrong here."
FORBIDDEN = "403 Forbidden"
REFUSED = f"throw '{FORBIDDEN}'"
LOST = f"$script:Lost = $true; {REFUSED}"
GONE = """$Cmdlet.WriteError([System.Management.Automation.ErrorRecord]::new(
            [System.InvalidOperationException]::new('gone'), 'Fake', 'ObjectNotFound', $null))
        return"""
CUT = "& $Own['Write-Warning'] 'There are more results available than are currently displayed.'"


def breaking(section: str, times: int, text: str, style: str = "thrown", by_mailbox: str = "") -> str:
    """Return lines that make whole readings of a section break after their first object, a number of times.

    `by_mailbox` is what a reading of one mailbox does before it shows anything; LOST in it breaks all that follows.
    """
    return f"""
& @(Get-Module -Name 'tmp*_fake*' | Where-Object {{ $_.Path -like '*.psm1' }})[0] {{
    $script:Rows, $script:Left, $script:Lost = ${{function:Read-Rows}}, {times}, $false
    function script:Read-Rows([string]$Section, $Bound, $Cmdlet) {{
        $Text = '{text}'
        if ($script:Lost) {{ {REFUSED} }}
        $found = @(& $script:Rows $Section $Bound $Cmdlet)
        if ($Bound.ContainsKey('Mailbox')) {{ {by_mailbox} }}
        elseif ($Section -eq '{section}' -and $script:Left -gt 0) {{
            $script:Left--
            $found[0]
            {STYLES[style]}
            return
        }}
        $found
    }}
}}
$global:EXO_LastExecutionStatus = $true
"""


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("section", ["devices", "mailboxes", "deviceAccessRules"])
def test_a_reading_that_breaks_once_is_made_again(exchange: Exchange, section: str, style: str) -> None:
    result, path = export_in(exchange, breaking(section, 1, THROTTLED, style))
    assert (0, []) == (result.exit_code, result.errors), result.thrown
    content = sealed(path)
    assert {name: content[name] for name in ("devices", "mailboxes", "deviceAccessRules")} == {
        name: scene()[name] for name in ("devices", "mailboxes", "deviceAccessRules")
    }
    if section != "devices" or style == QUIET:  # else the fake shows no device before it fails
        assert f"the reading of {section} broke after 1 objects, which are read again" in result.warnings
    assert any("trying again in" in warning for warning in result.warnings)


@pytest.mark.parametrize("style", STYLES)
def test_a_reading_that_breaks_for_good_is_not_sealed(exchange: Exchange, style: str) -> None:
    result, path = export_in(exchange, breaking("mailboxes", 99, UNKNOWN, style))
    assert 1 == result.exit_code
    assert 1 == len(result.errors)
    assert not path.exists()
    again, _ = export_in(exchange, "", {"Resume": True}, folder=path.parent)
    assert (0, []) == (again.exit_code, again.errors)
    assert ALL == ids(path)


@pytest.mark.parametrize(("text", "style"), [(EXPIRED, "thrown"), (SILENT, QUIET)])
def test_devices_that_cannot_be_read_as_a_whole_are_read_by_mailbox(exchange: Exchange, text: str, style: str) -> None:
    result, path = export_in(exchange, breaking("devices", 99, text, style))
    assert (0, []) == (result.exit_code, result.errors)
    content = sealed(path)
    assert scene()["devices"] == content["devices"]
    assert content["complete"]["devices"] is True
    assert f"devices cannot be read as a whole: {text}" in result.warnings
    assert any("one call of Get-MobileDevice for each of 3 mailboxes instead" in line for line in result.output)


def test_devices_are_not_read_by_mailbox_where_the_session_cannot(exchange: Exchange) -> None:
    options = {"without": ["Get-MobileDevice -Mailbox"]}
    result, path = export_in(exchange, breaking("devices", 99, UNKNOWN), options=options)
    assert (1, [UNKNOWN]) == (result.exit_code, result.errors)
    assert not path.exists()


def for_kim(lines: str) -> str:
    """Return what a reading of one mailbox does where this is the one of Kim."""
    return f"if ($found[0].DeviceId -eq 'DEVICE2') {{ {lines} }}"


@pytest.mark.parametrize("redact", [False, True])
def test_devices_by_mailbox_go_on_where_they_stopped(exchange: Exchange, redact: bool) -> None:
    folder = exchange.case()
    arguments = {"Redact": True} if redact else {}
    lines = breaking("devices", 99, EXPIRED, by_mailbox=for_kim(LOST))
    broken, path = export_in(exchange, lines, arguments, folder=folder)
    assert (1, [FORBIDDEN]) == (broken.exit_code, broken.errors)
    assert not path.exists()
    changed = scene()
    changed["devices"][0]["DeviceModel"] = "changed since"
    lines = breaking("devices", 99, EXPIRED)
    again, _ = export_in(exchange, lines, arguments | {"Resume": True}, state=changed, folder=folder)
    assert (0, []) == (again.exit_code, again.errors)
    models = [row["DeviceModel"] for row in sealed(path)["devices"]]
    assert ["changed since" if redact else "iPhone14C2", "iPhone14C2", "iPhone14C2"] == models
    assert {"live.json"} == {entry.name for entry in folder.glob("live.json*")}


NOT_READ = {
    "one is gone": (for_kim(GONE), ["DEVICE1", "DEVICE3"], "1 mailbox not found when asked for devices"),
    "all are gone": (GONE, [], "3 mailboxes not found when asked for devices"),
    "one is refused": (for_kim(REFUSED), ["DEVICE1", "DEVICE3"], "the devices of 1 mailbox could not be read"),
    "all are refused": (REFUSED, [], "the devices of 3 mailboxes could not be read"),
    "one is cut": (for_kim(CUT), ["DEVICE1", "DEVICE3"], "the devices of 1 mailbox could not be read"),
}


@pytest.mark.parametrize(("by_mailbox", "devices", "why"), NOT_READ.values(), ids=NOT_READ.keys())
@pytest.mark.parametrize("redact", [False, True])
def test_devices_of_mailboxes_that_were_not_read_are_missing(
    exchange: Exchange, by_mailbox: str, devices: list[str], why: str, redact: bool
) -> None:
    lines = breaking("devices", 99, EXPIRED, by_mailbox=by_mailbox)
    result, path = export_in(exchange, lines, {"Redact": True} if redact else {})
    assert (0, []) == (result.exit_code, result.errors)
    assert len(devices) == len(ids(path))
    if not redact:
        assert devices == ids(path)
    assert why == sealed(path)["complete"]["devices"]
    of = "one mailbox" if redact else "kim.ray@contoso.com"
    assert any(warning.startswith(f"Get-MobileDevice failed for {of}: ") for warning in result.warnings)


def test_a_mailbox_is_asked_for_by_its_address_where_its_guid_is_not_known(exchange: Exchange) -> None:
    lines = breaking(
        "devices", 99, EXPIRED, by_mailbox=f"if (-not \"$($Bound['Mailbox'])\".Contains('@')) {{ {GONE} }}"
    )
    result, path = export_in(exchange, lines)
    assert (0, []) == (result.exit_code, result.errors)
    assert ALL == ids(path)
    assert sealed(path)["complete"]["devices"] is True


def test_a_mailbox_that_cannot_be_asked_for_is_not_read(exchange: Exchange) -> None:
    state = scene()
    for name in ("Guid", "Identity", "PrimarySmtpAddress"):
        del state["mailboxes"][1][name]
    result, path = export_in(exchange, breaking("devices", 99, EXPIRED), state=state)
    assert (0, []) == (result.exit_code, result.errors)
    assert ["DEVICE1", "DEVICE3"] == ids(path)
    assert "the devices of 1 mailbox could not be read" == sealed(path)["complete"]["devices"]


def test_devices_by_mailbox_are_no_more_whole_than_the_mailboxes(exchange: Exchange) -> None:
    options = {"without": ["Get-CASMailbox -ResultSize"], "resultSize": 2}
    result, path = export_in(exchange, breaking("devices", 99, EXPIRED), options=options)
    assert 0 == result.exit_code
    complete = sealed(path)["complete"]
    assert f"read by mailbox, and mailboxes is not whole: {complete['mailboxes']}" == complete["devices"]


def test_devices_by_mailbox_belong_to_the_mailbox_that_they_name(exchange: Exchange) -> None:
    folder = exchange.case()
    everything = "$found = @(& $script:Rows $Section @{} $Cmdlet)"
    stop = f"if (++$script:Left -gt 97) {{ {LOST} }}; "
    broken, path = export_in(exchange, breaking("devices", 99, EXPIRED, by_mailbox=stop + everything), folder=folder)
    assert 1 == broken.exit_code
    lines = breaking("devices", 99, EXPIRED, by_mailbox=everything)
    again, _ = export_in(exchange, lines, {"Resume": True}, folder=folder)
    assert 0 == again.exit_code
    assert scene()["devices"] == sealed(path)["devices"]


def nameless() -> State:
    """Return a state whose devices show an id only, and all the same one."""
    state = scene()
    for row in state["devices"]:
        row["DeviceId"] = "SAME"
        for name in ("Guid", "Identity", "DistinguishedName"):
            del row[name]
    return state


def test_devices_with_one_id_stay_several(exchange: Exchange) -> None:
    owners = [row["mailbox"] for row in nameless()["devices"]]
    folder = exchange.case()
    lines = breaking("devices", 99, EXPIRED, by_mailbox=f"if (++$script:Left -gt 97) {{ {LOST} }}")
    broken, path = export_in(exchange, lines, state=nameless(), folder=folder)
    assert 1 == broken.exit_code
    export_in(exchange, breaking("devices", 99, EXPIRED), {"Resume": True}, state=nameless(), folder=folder)
    assert owners == [row["mailbox"] for row in sealed(path)["devices"]]
    _, path = export(exchange, nameless())
    assert [None] * 3 == [row["mailbox"] for row in sealed(path)["devices"]]


@pytest.mark.parametrize("redact", [False, True])
def test_statistics_that_cannot_be_read_are_left_out(exchange: Exchange, redact: bool) -> None:
    lines = breaking("none", 0, "", by_mailbox=REFUSED)
    result, path = export_in(exchange, lines, {"Statistics": "All"} | ({"Redact": True} if redact else {}))
    assert (0, []) == (result.exit_code, result.errors)
    content = sealed(path)
    assert [None] * 3 == [row["LastSuccessSync"] for row in content["devices"]]
    assert content["complete"]["devices"] is True
    names = ["one mailbox"] * 3 if redact else [row["PrimarySmtpAddress"] for row in scene()["mailboxes"]]
    assert [f"Get-MobileDeviceStatistics failed for {name}: {FORBIDDEN}" for name in names] == result.warnings[-3:]


def test_statistics_stop_where_the_session_is_lost(exchange: Exchange) -> None:
    lines = breaking("none", 0, "", by_mailbox=LOST)
    result, path = export_in(exchange, lines, {"Statistics": "All"})
    assert (1, [FORBIDDEN]) == (result.exit_code, result.errors)
    assert not path.exists()
    again, _ = export_in(exchange, "", {"Resume": True, "Statistics": "All"}, folder=path.parent)
    assert 0 == again.exit_code


# ---- what is no object of its own ------------------------------------------------------------------------------------


def showing(section: str, lines: str) -> str:
    """Return lines that make each reading of a section show something else than $found."""
    return f"""
& @(Get-Module -Name 'tmp*_fake*' | Where-Object {{ $_.Path -like '*.psm1' }})[0] {{
    $script:Rows = ${{function:Read-Rows}}
    function script:Read-Rows([string]$Section, $Bound, $Cmdlet) {{
        $found = @(& $script:Rows $Section $Bound $Cmdlet)
        if ($Section -eq '{section}') {{ {lines} }}
        else {{ $found }}
    }}
}}
"""


def test_objects_that_come_as_one_array(exchange: Exchange) -> None:
    for section in ("organization", "deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes"):
        result, path = export_in(exchange, showing(section, ", $found"))
        assert (0, []) == (result.exit_code, result.errors)
        assert scene()[section] == sealed(path)[section]


@pytest.mark.parametrize("section", ["deviceAccessRules", "mailboxes", "devices"])
@pytest.mark.parametrize("shown", ["'a text'; $found", "$found; 'a text'"], ids=["first", "last"])
def test_a_text_among_the_objects_ends_the_run(exchange: Exchange, section: str, shown: str) -> None:
    result, path = export_in(exchange, showing(section, shown))
    assert 1 == result.exit_code
    assert f" showed something that has no property of {section}: " in result.errors[0]
    assert not path.exists()


@pytest.mark.parametrize("section", ["deviceAccessRules", "mobileDeviceMailboxPolicies"])
def test_any_section_that_was_cut_is_not_called_whole(exchange: Exchange, section: str) -> None:
    result, path = export_in(exchange, showing(section, f"$found; {CUT}"))
    assert 0 == result.exit_code
    complete = sealed(path)["complete"]
    assert [section] == [name for name, value in complete.items() if value is not True]
    assert "There are more results available" in complete[section]


def test_results_that_were_cut_are_known_where_owners_are_asked_for(exchange: Exchange) -> None:
    state = scene()
    for row in state["devices"]:
        row["Identity"] = "unknown"
        del row["DistinguishedName"]
    options = {"without": ["Get-MobileDevice -ResultSize"], "resultSize": 2}
    result, path = export(exchange, state, options=options)
    assert 0 == result.exit_code
    assert "more results" in sealed(path)["complete"]["devices"]


@pytest.mark.parametrize("style", ["terminating", "thrown", "swallowed", "silent"])
def test_pages_that_are_missing_are_never_sealed(exchange: Exchange, style: str) -> None:
    folder = exchange.case()
    options = {"errorStyle": style, "failPage": 2, "pageSize": 2}
    result, path = export(exchange, scene(), options=options, folder=folder)
    assert 1 == result.exit_code
    assert not path.exists()
    devices = {"errors": [{"of": "Get-MobileDevice", "page": 2, "message": EXPIRED, "style": style}], "pageSize": 2}
    again, _ = export(exchange, scene(), {"Resume": True}, options=devices, folder=folder)
    assert (0, []) == (again.exit_code, again.errors)
    assert ALL == ids(path)
    assert any("one call of Get-MobileDevice for each of 3" in line for line in again.output)


def test_results_that_were_cut_are_not_called_whole(exchange: Exchange) -> None:
    options = {"without": ["Get-MobileDevice -ResultSize"], "resultSize": 2}
    result, path = export(exchange, scene(), options=options)
    assert 0 == result.exit_code
    content = sealed(path)
    assert 2 == len(content["devices"])
    assert "There are more results available" in content["complete"]["devices"]
    assert any(warning.startswith("devices is not whole: ") for warning in result.warnings)


# ---- several domains -------------------------------------------------------------------------------------------------

REMEDY = "run Set-ADServerSettings -ViewEntireForest $true and export again"


def directory(shown: str) -> str:
    """Return lines that make Get-ADServerSettings of a session with a server show that."""
    return (
        f"New-Module -Name tmp_fake0001.abc {{ function Get-ADServerSettings {{ [CmdletBinding()] param() {shown} }} }}"
        " | Import-Module -Force -DisableNameChecking"
    )


def shows(forest: str, root: str) -> str:
    """Return what Get-ADServerSettings does to show these settings."""
    return f"[pscustomobject]@{{ ViewEntireForest = {forest}; RecipientViewRoot = {root} }}"


SCOPES = {
    "the whole forest": (shows("$true", "''"), None),
    "the whole forest, as text": (shows("'True'", "$null"), None),
    "one domain": (shows("$false", "'contoso.com'"), "this session sees the recipients of contoso.com and not of"),
    "an organizational unit": (shows("$false", "'contoso.com/Users'"), "recipients of contoso.com/Users and not of"),
    "a root that is narrower": (shows("$true", "'contoso.com/Users'"), "recipients of contoso.com/Users and not of"),
    "no root": (shows("$false", "''"), "this session sees the recipients of one domain and not of"),
    "nothing": ("", "not known whether this session sees the recipients of the entire forest"),
    "an object without the setting": ("[pscustomobject]@{ Name = 'x' }", "does not show ViewEntireForest"),
    "an error": ("throw 'Access is denied.'", "not known whether"),
}


@pytest.mark.parametrize(("shown", "why"), SCOPES.values(), ids=SCOPES.keys())
def test_mailboxes_of_one_domain_are_not_called_whole(exchange: Exchange, shown: str, why: str | None) -> None:
    result, path = export_in(exchange, directory(shown), options={"edition": "exchange-2019"})
    assert (0, []) == (result.exit_code, result.errors), result.thrown
    complete = sealed(path)["complete"]
    assert complete["deviceAccessRules"] is complete["organization"] is True
    if why is None:
        assert complete["mailboxes"] is complete["devices"] is True
        return
    for section in ("mailboxes", "devices"):
        assert why in complete[section]
        assert complete[section].endswith(REMEDY)
        assert f"{section} is not whole: {complete[section]}" in result.warnings


def test_mailboxes_of_one_domain_are_not_called_whole_by_the_cmdlet_itself(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"][1]["DistinguishedName"] = "CN=kim.ray,OU=Users,DC=emea,DC=contoso,DC=com"
    for forest, count in ((True, 3), (False, 2)):
        options = {"edition": "exchange-2019", "viewEntireForest": forest}
        _, path = export(exchange, state, options=options)
        content = sealed(path)
        assert count == len(content["mailboxes"])
        assert forest is (content["complete"]["mailboxes"] is True)
    options = {"edition": "exchange-2019", "without": ["Get-ADServerSettings"]}
    complete = sealed(export(exchange, state, options=options)[1])["complete"]
    assert "this session does not offer Get-ADServerSettings" in complete["devices"]


def test_a_section_stays_what_it_was_when_the_scope_is_widened(exchange: Exchange) -> None:
    options: dict[str, Any] = {"edition": "exchange-2019"}
    folder = exchange.case()
    narrow = directory(shows("$false", "'contoso.com'"))
    broken, path = export_in(exchange, narrow + breaking("none", 0, "", "thrown", LOST),
                             {"Statistics": "All"}, options=options, folder=folder)  # fmt: skip
    assert 1 == broken.exit_code
    wide = directory(shows("$true", "''"))
    again, _ = export_in(exchange, wide, {"Resume": True, "Statistics": "None"}, options=options, folder=folder)
    assert 0 == again.exit_code
    complete = sealed(path)["complete"]
    assert "contoso.com" in complete["mailboxes"]
    assert complete["devices"] is True


# ---- going on --------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_in_another_process(exchange: Exchange) -> None:
    folder = exchange.case()
    for failing, arguments in (("Get-MobileDevice", []), ("Get-CASMailbox", ["-Resume"])):
        options = {"errors": [{"of": failing, "message": FORBIDDEN}]}
        process, _ = exchange.run_file(
            exporter(), scene(), ["-Path", "live.json", *arguments], options=options, folder=folder
        )
        assert (1 if not arguments else 0) == process.returncode, process.stderr
    assert ALL == ids(folder / "live.json")


def damaged(data: bytes, how: str) -> bytes:
    """Return a partial file that somebody edited, or that lost a part in its middle."""
    lines = data.splitlines(keepends=True)
    rule = next(number for number, line in enumerate(lines) if b"Android 9" in line)
    match how:
        case "a value edited":
            return data.replace(b'"AccessLevel": "Block"', b'"AccessLevel": "Allow"')
        case "a line lost":
            return b"".join(lines[:rule] + lines[rule + 1 :])
        case "two lines glued":
            return b"".join(lines[: rule - 1]) + lines[rule - 1][:40] + b"".join(lines[rule:])
        case "a line twice":
            return b"".join(lines[: rule - 1] + lines[rule - 1 :][:1] + lines[rule - 1 :])
        case "line ends changed":
            return data.replace(b"\n", b"\r\n")
        case _:
            return data.replace(b"2026", b"2027", 1) if how == "the header edited" else data + b"more"


@pytest.mark.parametrize(
    "how",
    [
        *("a value edited", "a line lost", "two lines glued", "a line twice", "line ends changed"),
        *("the header edited", "something added"),
    ],
)
def test_what_was_changed_since_is_read_again(exchange: Exchange, how: str) -> None:
    folder = exchange.case()
    partial = unfinished(exchange, scene(), folder)
    partial.write_bytes(damaged(partial.read_bytes(), how))
    result, path = export(exchange, scene(), {"Resume": True}, folder=folder)
    assert (0, [], None) == (result.exit_code, result.errors, result.thrown)
    content = sealed(path)
    assert scene()["deviceAccessRules"] == content["deviceAccessRules"]
    assert scene()["devices"] == content["devices"]
    assert content["header"]["takenAt"].startswith("20")


@pytest.mark.parametrize("how", ["cut", "glued", "gone", "swapped"])
def test_damaged_notes_are_not_trusted(exchange: Exchange, how: str) -> None:
    folder = exchange.case()
    unfinished(exchange, scene(), folder)
    notes = folder / "live.json.partial.kept"
    lines = notes.read_text("ascii").splitlines()
    assert ["header", "organization", "deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes", "devices"] == [
        json.loads(line[65:])["section"] for line in lines
    ]
    lines[1:3] = {
        "cut": [lines[1][:80]],
        "glued": [lines[1][:80] + lines[2]],
        "gone": [],
        "swapped": [lines[2], lines[1]],
    }[how]
    notes.write_text("\n".join(lines) + "\n", "ascii")
    changed = scene()
    changed["deviceAccessRules"].pop()
    result, path = export(exchange, changed, {"Resume": True}, folder=folder)
    assert (0, [], None) == (result.exit_code, result.errors, result.thrown)
    assert changed["deviceAccessRules"] == sealed(path)["deviceAccessRules"]


def test_lines_of_another_script_are_not_mixed_in(exchange: Exchange) -> None:
    folder = exchange.case()
    unfinished(exchange, scene(), folder)
    script = exporter()
    assert "'LastSuccessSync', 'WhenChangedUTC'" in script
    changed = scene()
    changed["deviceAccessRules"].pop()
    result = exchange.run(
        script.replace("'LastSuccessSync', 'WhenChangedUTC'", "'WhenChangedUTC', 'LastSuccessSync'"),
        *(changed, {"Path": str(folder / "live.json"), "Resume": True}),
        folder=folder,
    )
    assert 0 == result.exit_code
    assert changed["deviceAccessRules"] == sealed(folder / "live.json")["deviceAccessRules"]


def test_other_statistics_need_the_devices_again(exchange: Exchange) -> None:
    folder = exchange.case()
    unfinished(exchange, strict_scene(), folder)
    result, path = export(exchange, strict_scene(), {"Resume": True, "Statistics": "All"}, folder=folder)
    assert 0 == result.exit_code
    assert all(row["LastSuccessSync"] for row in sealed(path)["devices"])


def test_a_section_that_was_cut_short_stays_so(exchange: Exchange) -> None:
    options = {"without": ["Get-CASMailbox -ResultSize"], "resultSize": 2}
    folder = exchange.case()
    broken, _ = export(exchange, scene(), options=options | {"failReadAt": [6, 7]}, folder=folder)
    assert 1 == broken.exit_code
    _, path = export(exchange, scene(), {"Resume": True}, folder=folder)
    assert "more results" in sealed(path)["complete"]["mailboxes"]


# ---- files -----------------------------------------------------------------------------------------------------------

NOT_REPLACED = "[System.IO.File]::Replace($Partial, $Target, [NullString]::Value)"


def test_a_file_that_cannot_be_replaced_is_moved_away(exchange: Exchange) -> None:
    folder = exchange.case()
    (folder / "live.json").write_text("old")
    script = exporter().replace(NOT_REPLACED, "throw 'not on this share'")
    result, path = export_in(exchange, "", folder=folder, script=script)
    assert (0, []) == (result.exit_code, result.errors)
    assert ALL == ids(path)
    assert {"live.json"} == {entry.name for entry in folder.glob("live.json*")}


@pytest.mark.parametrize("step", ["Move($Target, $aside)", "Move($Partial, $Target) }\r\n        catch {"])
def test_a_sealed_file_is_never_lost(exchange: Exchange, step: str) -> None:
    folder = exchange.case()
    (folder / "live.json").write_text("old")
    script = exporter().replace(NOT_REPLACED, "throw 'not on this share'")
    before, after = script.split("function Move-Over(")
    assert step in after
    script = f"{before}function Move-Over({after.replace(step, step.replace('Move(', 'Broken('), 1)}"
    result, path = export_in(exchange, "", folder=folder, script=script)
    assert 1 == result.exit_code
    assert f"the sealed file is {path}.partial: it could not take the place of {path} (" in result.errors[0]
    assert "old" == path.read_text()
    assert ALL == ids(folder / "live.json.partial")
    again, _ = export(exchange, scene(), {"Resume": True}, folder=folder)
    assert 0 == again.exit_code
    assert ALL == ids(path)


PATHS = {
    "empty": ("", "-Path is empty"),
    "blank": (" ", "-Path is empty"),
    "a folder": (".", "-Path must name a file, and this is a folder: "),
    "in no folder": ("nowhere/live.json", "the folder of -Path does not exist: "),
    "under a file": ("state.json/live.json", "the folder of -Path does not exist: "),
    "a variable": ("Env:live.json", "-Path names no file: "),
    "a function": ("Function:live.json", "-Path names no file: "),
}


@pytest.mark.parametrize(("text", "message"), PATHS.values(), ids=PATHS.keys())
def test_a_path_that_cannot_be_written_is_refused_first(exchange: Exchange, text: str, message: str) -> None:
    result, path = export_in(exchange, "Set-Location $PSScriptRoot", {"Path": text}, options={"failReadAt": [1, 2]})
    assert 1 == result.exit_code
    assert message in result.errors[0]
    assert [] == result.warnings
    assert {"script.ps1", "session.ps1", "state.json"} == {entry.name for entry in path.parent.iterdir()}


def test_a_read_only_file_is_refused_first(exchange: Exchange) -> None:
    folder = exchange.case()
    (folder / "live.json").write_text("old")
    (folder / "live.json").chmod(0o444)
    result, path = export(exchange, scene(), folder=folder)
    assert (1, [f"the file of -Path is read-only: {path}"]) == (result.exit_code, result.errors)
    assert {"live.json"} == {entry.name for entry in folder.glob("live.json*")}


@pytest.mark.parametrize("drive", ["Env:", "Function:", "Variable:"])
def test_a_file_lands_where_the_file_system_is(exchange: Exchange, drive: str) -> None:
    lines = f"Set-Location $PSScriptRoot; Set-Location {drive}"
    result, path = export_in(exchange, lines, {"Path": "live.json"})
    assert (0, []) == (result.exit_code, result.errors)
    assert ALL == ids(path)
    assert any(line.startswith(f"written: {path} (") for line in result.output)


def test_two_exports_do_not_write_one_file(exchange: Exchange) -> None:
    lines = """
$partial = Join-Path $PSScriptRoot 'live.json.partial'
$held = [System.IO.FileStream]::new($partial, 'Create', 'ReadWrite', 'None')
$held.WriteByte(65)
$held.Flush()
"""
    result, path = export_in(exchange, lines)
    assert 1 == result.exit_code
    assert f"cannot write {path}.partial: " in result.errors[0]


def test_a_folder_that_takes_no_more_is_said(exchange: Exchange) -> None:
    script = exporter()
    wrong = "$Output.Stream.Write($bytes, 0, $bytes.Length)\r\n        $Output.Stream.Flush()"
    assert wrong in script
    full = "if ($Known.Counts.Contains('mailboxes')) { throw [System.IO.IOException]::new('There is no space') }\r\n"
    result, path = export_in(exchange, "", script=script.replace(wrong, full + wrong))
    assert (1, ["There is no space"]) == (result.exit_code, result.errors)
    assert not [warning for warning in result.warnings if "trying again" in warning]
    again, _ = export(exchange, scene(), {"Resume": True}, folder=path.parent)
    assert 0 == again.exit_code
    assert ALL == ids(path)


def test_algorithms_that_windows_does_not_allow(exchange: Exchange) -> None:
    script = exporter()
    first = "try { return [System.Security.Cryptography.SHA256]::Create() }"
    assert first in script
    result, path = export_in(exchange, "", script=script.replace(first, "try { throw 'not validated' }").replace(
        "SHA256CryptoServiceProvider", "SHA256"))  # fmt: skip
    assert (0, []) == (result.exit_code, result.errors)
    assert ALL == ids(path)


# ---- progress and interruption ---------------------------------------------------------------------------------------

SLOW_DEVICES = """
New-Module -Name Plain -ScriptBlock {
    function Get-CASMailbox { @{ Identity = 'john.doe'; PrimarySmtpAddress = 'john.doe@contoso.com' } }
    function Get-MobileDevice {
        for ($number = 0; $number -lt 600; $number++) {
            if ($number -eq 260) { foreach ($part in 1..100) { [System.Threading.Thread]::Sleep(MILLISECONDS / 100) } }
            @{ DeviceId = "D$number"; Identity = "john.doe\\ExchangeActiveSyncDevices\\D$number"; DeviceOS = 'x' * 300 }
        }
    }
} | Import-Module -DisableNameChecking
"""


def slow_session(folder: Path, milliseconds: int, after: str) -> Path:
    """Return a script that reads 600 devices with a pause in between, and then does what is to be done after."""
    (folder / "script.ps1").write_text(exporter("exchange-2019"), encoding="ascii", newline="")
    lines = PLAIN.read_text("utf-8") + SLOW_DEVICES.replace("MILLISECONDS", str(milliseconds)) + after
    path = folder / "session.ps1"
    path.write_text(lines, encoding="utf-8")
    return path


def test_progress_is_shown_to_who_can_see_it(pwsh: str, tmp_path: Path) -> None:
    slow_session(tmp_path, 1200, "& ./script.ps1 -Path out.json\n")
    (tmp_path / "host.ps1").write_text(
        "$shell = [powershell]::Create([initialsessionstate]::CreateDefault2())\n"
        "[void]$shell.AddScript(\"Set-Location '$PSScriptRoot'; . ./session.ps1\")\n"
        "[void]$shell.Invoke()\n"
        "foreach ($each in $shell.Streams.Progress) { $each.StatusDescription + ' ' + $each.RecordType }\n"
    )
    command = [pwsh, "-NoProfile", "-File", str(tmp_path / "host.ps1")]
    process = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=False)
    shown = process.stdout.splitlines()
    assert "devices: 512 Processing" in shown, process.stderr
    assert ["done Completed"] == [line for line in shown if not line.endswith(" Processing")]
    assert (tmp_path / "out.json").exists()


def test_no_progress_where_nobody_looks(pwsh: str, tmp_path: Path) -> None:
    path = slow_session(tmp_path, 1200, "& ./script.ps1 -Path out.json\n")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(path)]
    process = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=False)
    assert 0 == process.returncode
    assert "512" not in process.stdout
    assert (tmp_path / "out.json").exists()


def test_an_interrupted_run_goes_on(pwsh: str, tmp_path: Path) -> None:
    path = slow_session(tmp_path, 20000, "& ./script.ps1 -Path out.json\n")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    partial = tmp_path / "out.json.partial"
    deadline = time.monotonic() + 30
    while not (partial.exists() and b'"devices"' in partial.read_bytes()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert not (tmp_path / "out.json").exists()
    assert b'"D100"' in partial.read_bytes()
    slow_session(tmp_path, 0, "& ./script.ps1 -Path out.json -Resume\n")
    again = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=False)
    assert 0 == again.returncode, again.stderr
    content = json.loads((tmp_path / "out.json").read_bytes())
    assert [f"D{number}" for number in range(600)] == [row["DeviceId"] for row in content["devices"]]
    assert {"out.json"} == {entry.name for entry in tmp_path.glob("out.json*")}
