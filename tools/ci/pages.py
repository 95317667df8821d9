"""Commits a folder that is a clone of gh-pages, and pushes it: `python -m tools.ci.pages FOLDER VERSION`.

The token is read from GH_TOKEN by git, and is written nowhere.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

BRANCH: Final = "gh-pages"
_WHO: Final = (
    *("-c", "user.name=github-actions[bot]"),
    *("-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com"),
)
_TOKEN: Final = (
    *("-c", "credential.helper="),
    *("-c", 'credential.helper=!f() { echo username=x-access-token; echo "password=$GH_TOKEN"; }; f'),
)


def publish(folder: Path, version: str) -> bool:
    """Commit all files of a clone and push them. Return whether there was anything to push.

    Raises:
        CalledProcessError: git fails; it has said why.
    """
    git = ("git", "-C", str(folder))
    subprocess.run((*git, "add", "--all"), check=True)
    if subprocess.run((*git, "diff", "--cached", "--quiet"), check=False).returncode == 0:
        return False
    subprocess.run((*git, *_WHO, "commit", "--quiet", "--message", f"pages: Build {version}"), check=True)
    subprocess.run((*git, *_TOKEN, "push", "--quiet", "origin", f"HEAD:{BRANCH}"), check=True)
    return True


def main(arguments: list[str]) -> int:
    """Publish, and return the exit code."""
    if len(arguments) != 2:
        print("usage: python -m tools.ci.pages FOLDER VERSION", file=sys.stderr)
        return 2
    try:
        pushed = publish(Path(arguments[0]), arguments[1])
    except subprocess.CalledProcessError as problem:
        return problem.returncode
    print("pushed" if pushed else "nothing has changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
