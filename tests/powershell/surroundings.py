"""Runs tests of the scripts in the worst session: a culture with other letters, and a profile that shadows what it can.

Run: python -m tests.powershell.surroundings. Returns 0 where it cannot be tried, and says why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

TURKISH = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "0", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"}
"""In Turkish the upper case of `i` is no `I`, so that a comparison by the rules of the language fails."""
SLOW = ("killed", "stopped_a", "command_line", "every_prefix", "cut_file", "a_thousand", "pace", "random", "throttled")
"""Words of the names of tests that take long and say nothing more here."""
FILES = ("test_converge.py", "test_export.py", "test_end_to_end.py", "test_module.py::test_from_exchange_to_a_change")


def main() -> int:
    """Return the exit code of the tests; 0 where PowerShell or its cultures are missing and were not promised."""
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        promised = bool(os.environ.get("POLICYLINT_REQUIRE_PWSH"))
        print(
            "failed: no pwsh on PATH, though POLICYLINT_REQUIRE_PWSH is set"
            if promised
            else "left out: no pwsh on PATH"
        )
        return int(promised)
    environment = os.environ | TURKISH
    if not has_culture(pwsh, environment):
        print("left out: this PowerShell knows no culture but the invariant one (ICU is missing)")
        return 0
    chosen = ("-k", " and ".join(f"not {word}" for word in SLOW), *(f"tests/powershell/{name}" for name in FILES))
    command = (sys.executable, "-m", "pytest", *chosen)
    return subprocess.run(command, env=environment | {"POLICYLINT_HOSTILE_PROFILE": "1"}, check=False).returncode


def has_culture(pwsh: str, environment: dict[str, str]) -> bool:
    """Return whether PowerShell follows the culture of the environment."""
    asked = "[cultureinfo]::CurrentCulture.Name + ' ' + ('internal' -match 'INTERNAL')"
    answer = subprocess.run(
        [pwsh, "-NoProfile", "-NonInteractive", "-Command", asked],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    return answer.stdout.strip() == "tr-TR False"


if __name__ == "__main__":
    sys.exit(main())
