"""Letters without regard to case: those of the real engine, over all of Unicode."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from policylint.text import fold

if TYPE_CHECKING:
    from pathlib import Path

UNICODE_16 = 10
"""The version of .NET from which on the letters of Unicode 16 are known."""
PAIRS = """
$ErrorActionPreference = 'Stop'
$first = [System.Collections.Generic.Dictionary[string, int]]::new([System.StringComparer]::OrdinalIgnoreCase)
$other = 0
[Environment]::Version.Major
for ($code = 0; $code -lt 0x110000; $code++) {
    if ($code -ge 0xD800 -and $code -le 0xDFFF) { continue }
    $text = [char]::ConvertFromUtf32($code)
    if ($first.TryGetValue($text, [ref]$other)) { "$other $code" } else { $first[$text] = $code }
}
"""


def test_fold_is_ordinal_ignore_case(pwsh: str, tmp_path: Path) -> None:
    (tmp_path / "pairs.ps1").write_text(PAIRS, encoding="ascii")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(tmp_path / "pairs.ps1")]
    process = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    version, *lines = process.stdout.splitlines()
    of_engine = {(int(one), int(other)) for one, other in map(str.split, lines)}
    first: dict[str, int] = {}
    ours = {
        (one, code)
        for code in (*range(0xD800), *range(0xE000, 0x110000))
        if (one := first.setdefault(fold(chr(code)), code)) != code
    }
    assert set() == of_engine - ours
    assert int(version) < UNICODE_16 or of_engine == ours
