"""What the real engine's Export-Clixml writes is read as the values that were given to it, by both paths."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from policylint.readers import clixml_blocks
from policylint.readers.clixml_elements import Builder
from tests.readers.reading import Reading, read

if TYPE_CHECKING:
    from pathlib import Path

EXPORT = r"""
$ErrorActionPreference = 'Stop'
enum Level { Allow; Block; Quarantine }
class Policy {
    [string] $Name = 'Default'
    [Level] $Level = [Level]::Block
    [System.Collections.Generic.List[string]] $Ids = [System.Collections.Generic.List[string]]@('a', 'b')
    [timespan] $Lock = [timespan]::FromMinutes(15)
    [string] ToString() { return 'Default policy' }
}
class Limit { [bool] $IsUnlimited = $true; [string] ToString() { return 'Unlimited' } }
$small = [pscustomobject]@{ Name = 'a' }
$row = [ordered]@{
    Text = "caf$([char]0xE9) $([char]::ConvertFromUtf32(0x1F600)) <a&b> _x0041_ _x"
    Lines = "a`r`nb`tc$([char]1)"
    Blank = ''
    Null = $null
    True = $true
    Int = 5
    Long = [long]9007199254740993
    Double = 1.5
    Char = [char]'x'
    Span = [timespan]::new(1, 2, 3, 4, 5)
    Days = [timespan]::FromDays(90)
    Utc = [datetime]::SpecifyKind([datetime]::new(2026, 1, 2, 3, 4, 5), 'Utc')
    NoZone = [datetime]::new(2026, 1, 2, 3, 4, 5)
    Guid = [guid]'660d79bd-0b1b-2488-564d-2d6ed5504ad8'
    Version = [version]'15.2.1118.7'
    Uri = [uri]'https://contoso.com/a'
    Secret = [System.Security.SecureString]::new()
    Bytes = [byte[]](1, 2)
    Enum = [Level]::Quarantine
    Limit = [Limit]::new()
    Array = @('a', $null, 1)
    Empty = @()
    List = [System.Collections.ArrayList]@('a')
    Queue = [System.Collections.Queue]@('a', 'b')
    Stack = [System.Collections.Stack]@('a', 'b')
    Set = [System.Collections.Generic.HashSet[string]]@('z')
    Table = @{ a = 1 }
    Inner = $small
    Again = $small
}
$row['odd <name>'] = 1
[pscustomobject]$row | Export-Clixml row.xml
[Policy]::new(), [Policy]::new() | Export-Clixml typed.xml -Encoding Unicode
[Policy]::new() | Select-Object * | Export-Clixml selected.xml
Export-Clixml -InputObject @($small, $small) -Path list.xml
Export-Clixml -InputObject @() -Path none.xml
@() | Export-Clixml nothing.xml
$null | Export-Clixml null.xml
1..50 | ForEach-Object {
    [pscustomobject]@{
        DeviceId = "ID$_ & <$_>"
        Rule = if ($_ % 2) { $null } else { "rule $_" }
        Level = [Level]($_ % 3)
        Ids = [System.Collections.ArrayList]@(1..($_ % 4) | ForEach-Object { "x$_" })
        Managed = $_ % 2 -eq 0
        Number = $_
    }
} | Export-Clixml many.xml -Encoding utf8
"""


@pytest.fixture(scope="module")
def exported(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the engine exports."""
    folder = tmp_path_factory.mktemp("clixml")
    (folder / "export.ps1").write_text(EXPORT, encoding="utf-8")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", "export.ps1"]
    process = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)
    assert (0, "", "") == (process.returncode, process.stdout, process.stderr)
    return folder


def exported_rows(folder: Path, name: str) -> Reading:
    found = read((folder / f"{name}.xml").read_bytes())
    assert [] == found.losses
    return found


def test_every_kind_of_value(exported: Path) -> None:
    expected: dict[str, Any] = {
        "Text": "café 😀 <a&b> _x0041_ _x",
        "Lines": "a\r\nb\tc\x01",
        "Blank": "",
        "Null": None,
        "True": True,
        "Int": 5,
        "Long": 9007199254740993,
        "Double": 1.5,
        "Char": "x",
        "Span": "1.02:03:04.0050000",
        "Days": "90.00:00:00",
        "Utc": "2026-01-02T03:04:05Z",
        "NoZone": "2026-01-02T03:04:05",
        "Guid": "660d79bd-0b1b-2488-564d-2d6ed5504ad8",
        "Version": "15.2.1118.7",
        "Uri": "https://contoso.com/a",
        "Enum": "Quarantine",
        "Limit": "Unlimited",
        "Array": ["a", None, 1],
        "Empty": [],
        "List": ["a"],
        "Queue": ["a", "b"],
        "Stack": ["b", "a"],
        "Set": ["z"],
        "Table": {"a": 1},
        "Inner": {"Name": "a"},
        "Again": {"Name": "a"},
        "odd <name>": 1,
    }
    assert [expected] == exported_rows(exported, "row").values


@pytest.mark.parametrize(
    ("name", "types"), [("typed", ["Policy", "Policy"]), ("selected", ["Selected.Policy"])], ids=["live", "selected"]
)
def test_objects_of_a_type(exported: Path, name: str, types: list[str]) -> None:
    found = exported_rows(exported, name)
    policy = {"Name": "Default", "Level": "Block", "Ids": ["a", "b"], "Lock": "00:15:00"}
    assert [(policy, a_type) for a_type in types] == [(row, a_type) for _line, row, a_type in found.rows]


def test_lists_and_nothing(exported: Path) -> None:
    assert [{"Name": "a"}, {"Name": "a"}] == exported_rows(exported, "list").values
    assert exported_rows(exported, "none").document.says_none
    assert ["empty-file"] == read((exported / "nothing.xml").read_bytes()).codes
    assert ["empty-file"] == read((exported / "null.xml").read_bytes()).codes


def test_many_objects_are_read_by_their_lines(exported: Path) -> None:
    expected = [
        {
            "DeviceId": f"ID{number} & <{number}>",
            "Rule": None if number % 2 else f"rule {number}",
            "Level": ("Allow", "Block", "Quarantine")[number % 3],
            "Ids": [f"x{item}" for item in range(1, number % 4 + 1)] if number % 4 else ["x1", "x0"],
            "Managed": number % 2 == 0,
            "Number": number,
        }
        for number in range(1, 51)
    ]
    with patch.object(clixml_blocks, "Builder", wraps=Builder) as by_elements:
        assert expected == exported_rows(exported, "many").values
    assert by_elements.call_count < 10
