"""A fake Exchange to run emitted scripts against: a state in, the script's doings and the new state out."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FAKE = HERE / "FakeExchange.psm1"
SECTIONS = ("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes", "devices")
State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one run of a script did. `exit_code` is None when it let an error escape."""

    exit_code: int | None
    errors: list[str]
    warnings: list[str]
    output: list[str]
    host: list[str]
    thrown: str | None
    state: State
    calls: list[dict[str, Any]]
    journal: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cmdlets(self) -> list[str]:
        """Return the names of the changing cmdlets that took effect or were attempted, in order."""
        return [call["cmdlet"] for call in self.calls]

    @property
    def events(self) -> list[tuple[str | None, str]]:
        """Return step id and event of each journal line."""
        return [(line["step"], line["event"]) for line in self.journal]


def write_state(path: Path, state: State) -> None:
    """Write a state as a sealed snapshot, so that the reader of snapshots takes the same file."""
    lines = ['{"header": ' + json.dumps(state["header"]) + ","]
    lines.append('"organization": ' + json.dumps(state["organization"]) + ",")
    for section in SECTIONS:
        rows = ",\n".join(json.dumps(row) for row in state[section])
        lines.append(f'"{section}": [' + (f"\n{rows}" if rows else ""))
        lines.append("],")
    body = "\n".join(lines) + "\n"
    seal = {
        "counts": {section: len(state[section]) for section in SECTIONS},
        "complete": dict.fromkeys(("organization", *SECTIONS), True),
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
    }
    path.write_bytes((body + '"seal": ' + json.dumps(seal) + "\n}\n").encode("ascii"))


def read_state(path: Path) -> State:
    """Return the state in a file written by `write_state` or by the fake (then with `calls`)."""
    state: State = json.loads(path.read_text(encoding="utf-8"))
    return state


class Exchange:
    """One PowerShell process with a fake Exchange, for many cases. `run` is independent of what ran before."""

    def __init__(self, pwsh: str, folder: Path) -> None:
        self.folder = folder
        self.pwsh = pwsh
        self.count = 0
        self.process = subprocess.Popen(
            [pwsh, "-NoProfile", "-NonInteractive", "-File", str(HERE / "driver.ps1")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=folder,
        )

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def case(self) -> Path:
        """Return a fresh folder for one case."""
        self.count += 1
        folder = self.folder / f"case{self.count}"
        folder.mkdir()
        return folder

    def run(
        self,
        script: str,
        state: State,
        arguments: dict[str, Any] | None = None,
        *,
        options: dict[str, Any] | None = None,
        folder: Path | None = None,
        entry: str = "script.ps1",
    ) -> Result:
        """Run a script with `& $script @arguments` against a state. Give the same folder again to keep its journal.

        The script becomes `script.ps1` of the folder; `entry` names another file there to run in its place.
        """
        assert self.process.stdin
        assert self.process.stdout
        folder = folder or self.case()
        (folder / "script.ps1").write_text(script, encoding="ascii", newline="")
        path = folder / "state.json"
        write_state(path, state)
        request = {
            "script": str(folder / entry),
            "arguments": {"Confirm": False, "PaceMilliseconds": 0} if arguments is None else arguments,
            "state": str(path),
            "options": options or {},
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        host: list[str] = []
        for line in self.process.stdout:
            if line.startswith("result: "):
                answer = json.loads(line.removeprefix("result: "))
                break
            host.append(line.rstrip("\r\n"))
        else:
            raise AssertionError("PowerShell ended: " + "\n".join(host))
        return Result(
            exit_code=answer["exitCode"],
            errors=answer["errors"],
            warnings=answer["warnings"],
            output=answer["output"],
            thrown=answer["thrown"],
            host=host,
            journal=read_journal(folder),
            **split_state(path),
        )

    def run_file(
        self,
        script: str,
        state: State,
        arguments: list[str],
        *,
        options: dict[str, Any] | None = None,
        folder: Path | None = None,
        answers: str | None = None,
    ) -> tuple[subprocess.CompletedProcess[str], Path]:
        """Run a script with `pwsh -File` in a process of its own; return the process and the folder of the case."""
        folder = folder or self.case()
        command, environment = self.prepare_file(script, state, arguments, options=options, folder=folder)
        if answers is None:
            command.insert(1, "-NonInteractive")
        process = subprocess.run(
            command, input=answers, capture_output=True, encoding="utf-8", env=environment, cwd=folder, check=False
        )
        return process, folder

    def prepare_file(
        self, script: str, state: State, arguments: list[str], *, options: dict[str, Any] | None, folder: Path
    ) -> tuple[list[str], dict[str, str]]:
        """Return the command line and environment of a run with `pwsh -File`, where the fake loads itself."""
        (folder / "script.ps1").write_text(script, encoding="ascii", newline="")
        write_state(folder / "state.json", state)
        module = folder / "modules" / "FakeExchange"
        module.mkdir(parents=True, exist_ok=True)
        (module / "FakeExchange.psm1").write_bytes(FAKE.read_bytes())
        names = ", ".join(f"'{verb}-{noun}'" for verb, noun in CMDLETS)
        (module / "FakeExchange.psd1").write_text(
            f"@{{ RootModule = 'FakeExchange.psm1'; ModuleVersion = '1.0'; FunctionsToExport = @({names}) }}\n"
        )
        environment = dict(os.environ)
        environment |= {
            "PSModulePath": str(folder / "modules"),
            "FAKE_EXCHANGE_STATE": str(folder / "state.json"),
            "FAKE_EXCHANGE_OPTIONS": json.dumps({"saveEach": True} | (options or {})),
        }
        return [self.pwsh, "-NoProfile", "-File", str(folder / "script.ps1"), *arguments], environment


CMDLETS = [
    *(("Get", noun) for noun in ("CASMailbox", "MobileDevice", "MobileDeviceStatistics", "MobileDeviceMailboxPolicy")),
    *(("Get", noun) for noun in ("ActiveSyncDeviceAccessRule", "ActiveSyncOrganizationSettings")),
    *(("Get", noun) for noun in ("ConnectionInformation", "OrganizationConfig")),
    *((verb, "ActiveSyncDeviceAccessRule") for verb in ("New", "Set", "Remove")),
    *((verb, "MobileDeviceMailboxPolicy") for verb in ("New", "Set", "Remove")),
    ("Set", "ActiveSyncOrganizationSettings"),
    ("Set", "CASMailbox"),
]


def split_state(path: Path) -> dict[str, Any]:
    """Return `state` and `calls` from the file that the fake left."""
    state = read_state(path)
    calls = state.pop("calls", [])
    return {"state": state, "calls": calls}


def read_journal(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the journals in a folder; each must be whole."""
    return [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("ascii").splitlines()
    ]
