"""An export of Microsoft365DSC is read as data: literals, and nothing that PowerShell would have to work out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.reading import read
from tests.readers.render_rows import encoded, render_m365dsc

RULE = "EXOActiveSyncDeviceAccessRule"
BEFORE = """\
# Generated with Microsoft365DSC version 1.25.1
# For additional information, visit https://contoso.com/{EXO
param (
    [parameter()] [System.Management.Automation.PSCredential] $Credential
)
<# EXOCASMailboxPlan "a" { #>
Configuration M365TenantConfig
{
    $OrganizationName = $ConfigurationData.NonNodeData.OrganizationName
    Import-DscResource -ModuleName 'Microsoft365DSC' -ModuleVersion '1.25.1'
    Node localhost
    {
        AADUser "x" { Name = "a$($b)"; Members = @(MSFT_Member{ A = "b" }) }
"""
AFTER = "    }\n}\nM365TenantConfig -ConfigurationData .\\ConfigurationData.psd1\n"


def rule(*lines: str) -> str:
    return "\n".join((f'{BEFORE}        {RULE} "a rule"', "{", *lines, "}", AFTER))


VALUES = [
    ('"Allow"', "Allow"),
    ("'it''s $x `n'", "it's $x `n"),
    ('"say ""x"" `"y`" `$z ``"', 'say "x" "y" $z `'),
    ('"a`r`n`tb`0"', "a\r\n\tb\0"),
    ('"`u{1F600}`u{D800}"', "😀\ufffd"),
    ('"two\r\nlines"', "two\r\nlines"),
    ("\u201cAllow\u201d", "Allow"),
    ("\u2018it\u2019\u2019s\u2019", "it\u2019s"),
    ('"cost $ 5"', "cost $ 5"),
    ('""', ""),
    ("$True", True),
    ("$false", False),
    ("$null", None),
    ("-5", -5),
    ("@()", []),
    ('@("a",\n  \'b\'\n "c")', ["a", "b", "c"]),
    ('"a", "b"', ["a", "b"]),
    ("@(1, $true, $null)", [1, True, None]),
]


@pytest.mark.parametrize("end", [";", "", " # why", "; <# why #>"])
@pytest.mark.parametrize(("literal", "expected"), VALUES)
def test_a_literal_is_its_value(literal: str, expected: object, end: str) -> None:
    found = read(rule(f"X = {literal}{end}", "Last='z'"))
    assert found.rows == [(14, {"X": expected, "Last": "z"}, RULE)]
    assert found.losses == []


SIGN_IN = [
    "Credential = $Credscredential;",
    "GlobalAdminAccount = $Credsglobaladmin",
    "ApplicationId = $ConfigurationData.NonNodeData.ApplicationId;",
    'TenantId = "contoso.onmicrosoft.com";',
    "ManagedIdentity = $True",
    "ApplicationSecret = New-Object PSCredential ('x', (ConvertTo-SecureString $s\n -AsPlainText));",
]


@pytest.mark.parametrize("line", SIGN_IN)
def test_how_to_sign_in_is_left_out_whatever_it_is(line: str) -> None:
    assert read(rule('Name = "a"', line, 'Ensure = "Present"', "Last = 1")).values == [{"Name": "a", "Last": 1}]


REFUSED = [
    # id, lines of the resource, code, line
    ("variable", ["X = $OrganizationName"], "unknown-format", 16),
    ("expands", ['X = "user@$OrganizationName"'], "unknown-format", 16),
    ("command-in-a-text", ['X = "a$(Remove-Item c)"'], "unknown-format", 16),
    ("expands-after-a-backtick", ['X = "``$x"'], "unknown-format", 16),
    ("command", ["X = Get-Date"], "unknown-format", 16),
    ("parentheses", ['X = ("a" + "b")'], "unknown-format", 16),
    ("fraction", ["X = 1.5"], "unknown-format", 16),
    ("here-text", ['X = @"\na\n"@'], "unknown-format", 16),
    ("object", ['X = MSFT_Member{ A = "b" }'], "unknown-format", 16),
    ("hashtable", ["X = @{ A = 1 }"], "unknown-format", 16),
    ("list-in-a-list", ["X = @(@(1))"], "unknown-format", 16),
    ("statement", ["if ($true) { }"], "unknown-format", 16),
    ("absent", ['Ensure = "Absent"'], "unknown-format", 18),
    ("twice", ["X = 1", "x = 2"], "damaged", 17),
]


@pytest.mark.parametrize(("lines", "code", "line"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_more_than_data_is_refused(lines: list[str], code: str, line: int) -> None:
    found = read(rule(*lines))
    assert ([], [(code, line)]) == (found.rows, [(loss.code, loss.line) for loss in found.losses])


WHOLE = rule('Name = "a"', 'List = @("a", "b")', "Last = $null")


@given(
    st.integers(
        WHOLE.index(RULE) + len(RULE) + 12, len(WHOLE) - len("M365TenantConfig -ConfigurationData .\\C.psd1\n") - 20
    )
)
def test_a_script_that_is_cut_is_refused(end: int) -> None:
    assert read(WHOLE[:end]).codes == ["cut-file"]


def test_a_script_without_such_resources_names_that() -> None:
    found = read(BEFORE + AFTER)
    assert (found.rows, found.codes) == ([], ["unknown-objects"])


def test_resources_of_other_kinds_are_passed_over() -> None:
    assert read(render_m365dsc([{"Name": "a$b"}], "EXOTransportRule")).codes == ["unknown-objects"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(["Name", "Identity", "QueryString", "IsDefault"]),
        st.one_of(TEXTS, st.booleans(), st.integers(-(10**9), 10**9), st.lists(TEXTS, max_size=3)),
    ),
    min_size=1,
    max_size=4,
)


@given(ROWS, st.sampled_from(["utf-8", "utf-16-le"]), st.integers(1, 500))
def test_rows_come_back(rows: list[dict[str, object]], encoding: str, size: int) -> None:
    found = read(encoded(render_m365dsc(rows, RULE), encoding), size)
    assert repr((found.values, found.losses)) == repr((rows, []))
    assert {RULE} == {name for _line, _row, name in found.rows}
