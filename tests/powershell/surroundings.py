"""Runs tests of the scripts in the worst session: a culture with other letters, and a profile that shadows what it can.

Run: python -m tests.powershell.surroundings [OPTION OF PYTEST...].
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.powershell.exchange import HOSTILE_PROFILE
from tests.requirements import TURKISH

SLOW = ("killed", "stopped_a", "command_line", "every_prefix", "cut_file", "a_thousand", "pace", "random", "throttled")
"""Words of the names of tests that take long and say nothing more here."""
FILES = ("test_converge.py", "test_export.py", "test_end_to_end.py")
NAME = "in Turkish, with a hostile profile"


def main(options: list[str]) -> int:
    """Return the exit code of the tests, run with options of pytest."""
    chosen = ("-k", " and ".join(f"not {word}" for word in SLOW), *(f"tests/powershell/{name}" for name in FILES))
    command = (sys.executable, "-m", "pytest", *chosen, "-o", f"junit_suite_name={NAME}", *options)
    environment = os.environ | TURKISH | {HOSTILE_PROFILE: "1"}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
