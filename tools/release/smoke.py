"""Runs the installed policylint beside a copy of the example, and prints as JSON what each command printed and wrote.

It is run by the Python of an environment that has nothing but policylint.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from click.testing import CliRunner

from policylint.cli.main import main

COMMANDS = (
    ("contoso", "lint", "--format", "json"),
    ("contoso", "simulate", "--format", "json"),
    ("contoso", "plan", "--out", "plan.json"),
    ("contoso", "apply-script", "plan.json", "-o", "converge.ps1"),
    ("contoso", "approve", "SEC0438184C9BE2A", "--mailbox", "john.doe@contoso.com", "--reason", "new phone"),
    ("imported", "import", "../contoso/live.json", "-o", "policy"),
    ("wrong", "lint"),
)
"""Commands, each in a folder. Between them they use every package that policylint needs."""


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _said(folder: Path, arguments: tuple[str, ...]) -> dict[str, object]:
    before = _files(folder)
    os.chdir(folder)
    done = CliRunner().invoke(main, arguments)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    written = {name: digest for name, digest in _files(folder).items() if before.get(name) != digest}
    return {"exit": done.exit_code, "stdout": done.stdout, "stderr": done.stderr, "written": written}


def _commands() -> dict[str, object]:
    here = Path.cwd()
    for name in ("imported", "wrong/policy"):
        (here / name).mkdir(parents=True)
    (here / "wrong" / "policylint.yaml").write_text("version: 1\n", encoding="utf-8")
    (here / "wrong" / "policy" / "a.yaml").write_text("organization: {DefaultAccessLevel: Alow}\n", encoding="utf-8")
    return {" ".join(words): _said(here / folder, tuple(words)) for folder, *words in COMMANDS}


if __name__ == "__main__":
    os.environ |= {"SOURCE_DATE_EPOCH": "1795435200", "PATH": "", "POLICYLINT_CACHE": "off"}
    sys.stdout.write(json.dumps(_commands()))
