"""The fake Exchange itself: what it shows and how it misbehaves, each once, as scripts rely on it in other tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.powershell import scenes
from tests.powershell.scenes import TENANT, guid, mailbox, scene

if TYPE_CHECKING:
    from tests.powershell.exchange import Exchange

SERVER = {"edition": "exchange-2019"}
RULE = "Set-ActiveSyncDeviceAccessRule -Identity 'iPhone (DeviceType)' -AccessLevel Block -Confirm:$false"
LEVEL = "(Get-ActiveSyncDeviceAccessRule -Identity 'iPhone (DeviceType)').AccessLevel"
MAILBOXES = "Get-CASMailbox -ErrorAction Stop -ErrorVariable problems | ForEach-Object { $_.Name }"

CASES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "the cmdlets are in the module of the connection": (
        "$row = Get-ConnectionInformation\n"
        "$row.ModuleName.Split('\\')[-1], (Get-Command Get-CASMailbox).Module.Name, "
        "(Get-Command Set-CASMailbox).ModuleName\n"
        "(Get-Command Get-ConnectionInformation).ModuleName, [string](Get-Module ExchangeOnlineManagement).Version",
        {},
        [*["tmpEXO_fake0001.abc"] * 3, "ExchangeOnlineManagement", "3.7.1"],
    ),
    "an old module": (
        "Import-Module ExchangeOnlineManagement -MinimumVersion 3.7.0 -ErrorAction SilentlyContinue\n"
        "$?; [string](Get-Module ExchangeOnlineManagement).Version",
        {"moduleVersion": "3.1.0"},
        ["False", "3.1.0"],
    ),
    "servers have no such module": (
        "$null -eq (Get-Command Get-ConnectionInformation -ErrorAction SilentlyContinue)\n"
        "(Get-Command Get-CASMailbox).Module.Name",
        SERVER,
        ["True", "tmp_fake0001.abc"],
    ),
    "a row that is given in part is made whole": (
        "foreach ($row in Get-ConnectionInformation) { "
        "$row.TenantID, $row.State, $row.ModuleName.Split('\\')[-1] -join ' ' }",
        {"connections": [{"State": "Broken"}, {"TenantID": None}, {"IsEopSession": True}]},
        [
            f"{TENANT} Broken tmpEXO_fake0002.abc",
            " Connected tmpEXO_fake0001.abc",
            f"{TENANT} Connected tmpEXO_fake0003.abc",
        ],
    ),
    "connecting brings the cmdlets": (
        "$null -eq (Get-Command Get-CASMailbox -ErrorAction SilentlyContinue); @(Get-ConnectionInformation).Count\n"
        "Connect-ExchangeOnline -ShowBanner:$false -CommandName Get-CASMailbox\n"
        "@(Get-CASMailbox).Count; @(Get-ConnectionInformation).Count; "
        "$null -eq (Get-Command Set-CASMailbox -ErrorAction SilentlyContinue)\n"
        "Disconnect-ExchangeOnline -Confirm:$false; @(Get-ConnectionInformation).Count",
        {"connected": False},
        ["True", "0", "3", "1", "True", "0"],
    ),
    "a prefix": (
        "@(Get-EXOCASMailbox).Count; (Get-ConnectionInformation).ModulePrefix; "
        "$null -eq (Get-Command Get-CASMailbox -ErrorAction SilentlyContinue)",
        {"prefix": "EXO"},
        ["3", "EXO", "True"],
    ),
    "what is new is returned": (
        "(New-ActiveSyncDeviceAccessRule -Characteristic DeviceType -QueryString x "
        "-AccessLevel Block -Confirm:$false).Name\n"
        "(New-MobileDeviceMailboxPolicy -Name Staff -Confirm:$false).Name",
        {},
        ["x (DeviceType)", "Staff"],
    ),
    "a rule by each of its names": (
        "$rule = Get-ActiveSyncDeviceAccessRule -Identity 'iPhone (DeviceType)'\n"
        "foreach ($name in 'Guid', 'DistinguishedName', 'Name', 'Identity') { "
        "(Get-ActiveSyncDeviceAccessRule -Identity $rule.$name).QueryString }\n"
        "try { Get-ActiveSyncDeviceAccessRule -Identity none -ErrorAction Stop } catch { $_.CategoryInfo.Category }",
        {},
        [*["iPhone"] * 4, "ObjectNotFound"],
    ),
    "a rule that is gone is not found by its Guid": (
        f"Remove-ActiveSyncDeviceAccessRule -Identity '{guid(1)}' -Confirm:$false\n"
        f"try {{ Get-ActiveSyncDeviceAccessRule -Identity '{guid(1)}' -ErrorAction Stop }} "
        f"catch {{ $_.CategoryInfo.Category }}",
        {},
        ["ObjectNotFound"],
    ),
    "a change shows at once where it was made": (
        f"{RULE} -DomainController dc01.contoso.com\n"
        "(Get-ActiveSyncDeviceAccessRule -DomainController dc01.contoso.com)[0].AccessLevel\n"
        f"{LEVEL}; {LEVEL}; {LEVEL}; (Get-CASMailbox)[0].OriginatingServer",
        SERVER | {"domainControllers": 2, "lag": 2},
        ["Block", "Allow", "Allow", "Block", "dc02.contoso.com"],
    ),
    "a change that does not say where shows late": (
        f"{RULE}\n{LEVEL}; {LEVEL}",
        SERVER | {"domainControllers": 2, "lag": 1},
        ["Allow", "Block"],
    ),
    "all of a filter": (
        "Get-CASMailbox -Filter \"ActiveSyncMailboxPolicy -eq 'CN=Kiosk,CN=Mobile Mailbox Policies,DC=contoso,DC=com'\""
        " | ForEach-Object { $_.Name }\n"
        "@(Get-CASMailbox -Filter \"ActiveSyncMailboxPolicy -eq 'None''s'\").Count\n"
        "try { Get-CASMailbox -Filter 'Name -eq 1' -ErrorAction Stop } catch { $_.CategoryInfo.Category }",
        {},
        ["kim.ray", "0", "InvalidArgument"],
    ),
    "no filter": (
        "@(Get-CASMailbox -Filter \"ActiveSyncMailboxPolicy -eq 'Kiosk'\").Count",
        {"filterIgnored": True},
        ["3"],
    ),
    "the second page fails": (
        f"try {{ {MAILBOXES} }} catch {{ 'caught' }}",
        {"pageSize": 2, "failPage": 2},
        ["john.doe", "kim.ray", "caught"],
    ),
    "the second page fails below the cmdlet": (
        f"try {{ {MAILBOXES} 2>$null }} catch {{ 'caught' }}\n$problems.Count, $EXO_LastExecutionStatus",
        {"pageSize": 2, "failPage": 2, "errorStyle": "swallowed", "errorStatus": True},
        ["john.doe", "kim.ray", "1", "False"],
    ),
    "the second page fails without a word": (
        f"{MAILBOXES}\n$problems.Count, $EXO_LastExecutionStatus; $null = Get-CASMailbox -Identity john.doe; "
        f"$EXO_LastExecutionStatus",
        {"pageSize": 2, "failPage": 2, "errorStyle": "silent"},
        ["john.doe", "kim.ray", "0", "False", "True"],
    ),
    "the first page fails": (
        "@(Get-ActiveSyncDeviceAccessRule 2>$null).Count",
        {"failPage": 1, "errorStyle": "swallowed"},
        ["0"],
    ),
    "an error as it is": (
        "try { Get-CASMailbox -ErrorAction Stop } catch { "
        "$_.Exception.GetType().FullName, $_.Exception.InnerException.Message, $_.CategoryInfo.Reason, "
        "$_.FullyQualifiedErrorId, \"$_\" }",
        {
            "errors": [
                {
                    "atRead": 1,
                    "type": "System.Management.Automation.RemoteException",
                    "message": "Active Directory server is not available",
                    "reason": "ADTransientException",
                    "errorId": "[Server=X]",
                    "inner": {"type": "System.Net.WebException", "message": "closed"},
                }
            ]
        },
        [
            "System.Management.Automation.RemoteException",
            "closed",
            "ADTransientException",
            "[Server=X],Get-CASMailbox",
            "Active Directory server is not available",
        ],
    ),
    "errors of types": (
        "foreach ($one in 1..4) { try { Get-CASMailbox -ErrorAction Stop } catch { $_.Exception.GetType().Name } }",
        {
            "errors": [
                {"atRead": number, "message": "x", "type": name}
                for number, name in enumerate(
                    (
                        "System.Net.Http.HttpRequestException",
                        "System.IO.IOException",
                        "System.Threading.Tasks.TaskCanceledException",
                        "System.Exception",
                    ),
                    1,
                )
            ]
        },
        ["HttpRequestException", "IOException", "TaskCanceledException", "Exception"],
    ),
    "an error before and after a change": (
        f"try {{ {RULE} -ErrorAction Stop }} catch {{ \"$_\" }}; {LEVEL}; try {{ {RULE} -ErrorAction Stop }} "
        f"catch {{ \"$_\" }}; {LEVEL}",
        {"errors": [{"at": [1], "message": "before"}, {"at": [2], "after": True, "message": "after"}]},
        ["before", "Allow", "after", "Block"],
    ),
    "an error that -ErrorAction does not hold": (
        "try { Get-CASMailbox -ErrorAction SilentlyContinue } catch { \"$_\" }",
        {"errors": [{"of": "Get-CASMailbox", "message": "thrown", "style": "thrown"}]},
        ["thrown"],
    ),
    "another letter case": (
        "$mailbox = (Get-CASMailbox)[0]; $mailbox.PrimarySmtpAddress, $mailbox.ActiveSyncAllowedDeviceIDs[0]; "
        "(Get-ActiveSyncDeviceAccessRule)[0].AccessLevel",
        {"valueCase": "upper"},
        ["JOHN.DOE@CONTOSO.COM", "DEVICE1", "ALLOW"],
    ),
    "another order": (
        "(Get-CASMailbox)[2].ActiveSyncAllowedDeviceIDs -join ' '; (Get-ActiveSyncDeviceAccessRule)[0].QueryString",
        {"listOrder": "reverse"},
        ["OLD1 DEVICE1", "Android 9"],
    ),
    "a setting that takes another along": (
        "Set-MobileDeviceMailboxPolicy -Identity Kiosk -PasswordEnabled $true -Confirm:$false; "
        "(Get-MobileDeviceMailboxPolicy -Identity Kiosk).MinPasswordLength",
        {"couple": {"PasswordEnabled": {"MinPasswordLength": "8"}}},
        ["8"],
    ),
    "a property that one cmdlet does not show": (
        "$null -eq (Get-CASMailbox)[0].PSObject.Properties['Guid']; "
        "$null -eq (Get-ActiveSyncDeviceAccessRule)[0].PSObject.Properties['Guid']",
        {"hideOf": {"Get-CASMailbox": ["Guid"]}},
        ["True", "False"],
    ),
    "a colleague right after a reading": (
        f"{LEVEL}; {LEVEL}",
        {
            "interfere": [
                {
                    "afterRead": 1,
                    "section": "deviceAccessRules",
                    "match": {"QueryString": "iPhone"},
                    "set": {"AccessLevel": "Block"},
                }
            ]
        },
        ["Allow", "Block"],
    ),
    "a colleague after a while": (
        f"{LEVEL}; {LEVEL}; Start-Sleep -Milliseconds 150; {LEVEL}",
        {
            "interfere": [
                {
                    "afterRead": 1,
                    "milliseconds": 100,
                    "section": "deviceAccessRules",
                    "match": {"QueryString": "iPhone"},
                    "set": {"AccessLevel": "Block"},
                }
            ]
        },
        ["Allow", "Allow", "Block"],
    ),
    "a policy with mailboxes is not removed": (
        "try { Remove-MobileDeviceMailboxPolicy -Identity Kiosk -Confirm:$false -ErrorAction Stop } catch { "
        "'refused' }",
        {},
        ["refused"],
    ),
    "a policy with mailboxes is removed": (
        "Remove-MobileDeviceMailboxPolicy -Identity Kiosk -Confirm:$false; @(Get-MobileDeviceMailboxPolicy).Count",
        {"removeAssigned": True},
        ["1"],
    ),
    "a token that expires and is renewed": (
        "foreach ($number in 1..5) { try { @(Get-CASMailbox -ErrorAction Stop).Count } catch { \"$_\" } }",
        {"errors": [{"anyFrom": 2, "times": 2, "message": "HttpStatusCode=401"}]},
        ["3", *["HttpStatusCode=401"] * 2, "3", "3"],
    ),
    "a token that expires": (
        f"try {{ {LEVEL}; {RULE} -ErrorAction Stop }} catch {{ \"$_\" }}\n"
        "try { Get-CASMailbox -ErrorAction Stop } catch { \"$_\" }",
        {"errors": [{"anyFrom": 2, "message": "HttpStatusCode=401"}]},
        ["Allow", *["HttpStatusCode=401"] * 2],
    ),
    "another tenant from some time on": (
        "(Get-ConnectionInformation).TenantID; (Get-ConnectionInformation).TenantID",
        {"reconnected": {"asked": 2, "TenantID": guid(5)}},
        [TENANT, guid(5)],
    ),
    "a shadow": (
        "Get-CASMailbox; (Get-Command gone).Definition; \"$OFS\"; @(Get-MobileDevice).Count",
        {
            "shadow": "function Get-CASMailbox { 'shadowed' }\nSet-Alias gone Get-Nothing\n$OFS = ';'\n"
            "$PSDefaultParameterValues['Get-MobileDevice:ResultSize'] = 2"
        },
        ["shadowed", "Get-Nothing", ";", "2"],
    ),
    "no shadow is left": (
        "@(Get-CASMailbox).Count; $null -eq (Get-Command gone -ErrorAction SilentlyContinue); "
        "$null -eq $ExecutionContext.SessionState.PSVariable.Get('OFS')\n"
        "$PSDefaultParameterValues.Count, $ErrorActionPreference",
        {},
        ["3", "True", "True", "0", "Continue"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "options", "expected"), CASES.values(), ids=CASES.keys())
def test_case(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, lines: str, options: dict[str, Any], expected: list[str]
) -> None:
    monkeypatch.delenv("POLICYLINT_HOSTILE_PROFILE", raising=False)
    result = exchange.run(f"{lines}\nexit 0\n", scene(), {}, options=options)
    assert (expected, None, 0) == (result.output, result.thrown, result.exit_code), result.errors


@pytest.mark.parametrize(("whole", "seen"), [(True, 4), (False, 3)])
def test_other_domains_are_seen_only_where_the_forest_is(exchange: Exchange, whole: bool, seen: int) -> None:
    state = scene()
    state["mailboxes"].append(mailbox(24, "sue", DistinguishedName="CN=sue,OU=Users,DC=emea,DC=contoso,DC=com"))
    lines = "@(Get-CASMailbox).Count; (Get-ADServerSettings).ViewEntireForest\nexit 0\n"
    result = exchange.run(lines, state, {}, options=SERVER | {"viewEntireForest": whole})
    assert [str(seen), str(whole)] == result.output


def test_a_second_organization_beside_the_first(exchange: Exchange) -> None:
    other = scene()
    other["organization"]["Guid"] = guid(77)
    options = {"prefix": "EXO", "other": {"state": other, "options": SERVER}}
    lines = (
        "[string](Get-ActiveSyncOrganizationSettings).Guid; [string](Get-EXOActiveSyncOrganizationSettings).Guid\n"
        "(Get-Command Set-CASMailbox).Module.Name; (Get-Command Set-EXOCASMailbox).Module.Name\n"
        "Set-CASMailbox -Identity john.doe -ActiveSyncEnabled $false -Confirm:$false\nexit 0\n"
    )
    result = exchange.run(lines, scene(), {}, options=options)
    assert [guid(77), scenes.ORGANIZATION, "tmp_fake0002.abc", "tmpEXO_fake0001.abc"] == result.output
    assert result.other
    assert ("True", "False") == tuple(
        state["mailboxes"][0]["ActiveSyncEnabled"] for state in (result.state, result.other)
    )
    assert (0, 1) == (len(result.calls), len(result.other["calls"]))


def test_what_a_script_leaves_of_the_session_is_seen(exchange: Exchange) -> None:
    shadow = "$PSDefaultParameterValues['Get-CASMailbox:ResultSize'] = 1"
    result = exchange.run("exit 0", scene(), {}, options={"shadow": shadow})
    assert "1" == result.left["Get-CASMailbox:ResultSize"]
    assert "Continue" == result.left["$ErrorActionPreference"]
    assert "$PSDefaultParameterValues" not in result.left


def test_each_moment_of_a_run_is_kept(exchange: Exchange) -> None:
    folder = exchange.case()
    options = {"moments": str(folder / "a.log")}
    lines = f"[System.IO.File]::WriteAllText('{options['moments']}', '{{}}'); {RULE}; {RULE.replace('Block', 'Allow')}"
    result = exchange.run(f"{lines}\nexit 0\n", scene(), {}, options=options, folder=folder)
    found = [(moment["journal"], moment["deviceAccessRules"][0]["AccessLevel"]) for moment in result.moments]
    assert [(2, "Block"), (2, "Allow")] == found
    assert result.state["mailboxes"] == result.moments[0]["mailboxes"]
    assert [] == exchange.run("exit 0\n", scene(), {}, folder=folder).moments


def test_what_connects_is_logged(exchange: Exchange) -> None:
    lines = "Connect-ExchangeOnline -ShowBanner:$false\nDisconnect-ExchangeOnline -Confirm:$false\nexit 0\n"
    result = exchange.run(lines, scene(), {}, options={"connected": False})
    assert ["Connect-ExchangeOnline", "Disconnect-ExchangeOnline"] == [call["cmdlet"] for call in result.connecting]
    assert [] == result.calls
