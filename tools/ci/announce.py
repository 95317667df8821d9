"""Makes the release of a tag on GitHub with all files of a folder: `python -m tools.ci.announce TAG FOLDER NOTES`.

The program `gh` takes the token from GH_TOKEN and the repository from GH_REPO. It refuses a tag that is not there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Make the release, and return the exit code."""
    if len(arguments) != 3:
        print("usage: python -m tools.ci.announce TAG FOLDER NOTES", file=sys.stderr)
        return 2
    tag, folder, notes = arguments
    files = sorted(str(path) for path in Path(folder).iterdir())
    command = ("gh", "release", "create", tag, "--verify-tag", "--title", tag, "--notes-file", notes, *files)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
