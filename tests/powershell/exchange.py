"""A fake Exchange to run emitted scripts against: a state in, the script's doings and the new state out."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).parent
ONLINE = "exchange-online"
HOSTILE = HERE / "HostileProfile.ps1"
"""The shadow of every case where the environment has `HOSTILE_PROFILE`."""
HOSTILE_PROFILE = "POLICYLINT_HOSTILE_PROFILE"
MODULE_VERSION = "3.7.1"
"""The version of ExchangeOnlineManagement that a session has unless an option says another."""

RUNS = 250
"""After how many runs a process is replaced: it keeps every script that it parsed, and gets slower."""

WAITS = {
    "[int][Math]::Pow(2, $Attempt) * 500 + [System.Random]::new().Next(500)": "$Attempt",
    "$ReadBackDelays = 0, 250, 500, 1000, 2000": "$ReadBackDelays = 0, 25, 50, 100, 200",
}
"""What a script waits before it tries or looks again, and less of it: no test is about how long that is."""

TABLE = re.compile(r"^\$(?:Plan|Export) = (@\{\r?\n(?: .*\n)+\})\r?$", re.MULTILINE)
"""The data of a script, the one part of it that is not always the same."""

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
    milliseconds: int = 0
    """The time that the cmdlets of the fake took."""
    connecting: list[dict[str, Any]] = field(default_factory=list)
    """The calls that connected or disconnected, in order, as those of `calls`."""
    left: dict[str, str] = field(default_factory=dict)
    """What the script left of the caller's: `cmdlet:parameter` of $PSDefaultParameterValues, preferences as `$name`."""
    other: State | None = None
    """The state of the other organization, with `calls`, where there is one."""
    journal: list[dict[str, Any]] = field(default_factory=list)
    moments: list[State] = field(default_factory=list)
    """The state after each change, and how long the `journal` was that the option `moments` names."""

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
        self.modules = folder / "modules"
        self.runs = 0
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        """Return a new process that takes cases."""
        return subprocess.Popen(
            [self.pwsh, "-NoProfile", "-NonInteractive", "-File", str(HERE / "driver.ps1")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=self.folder,
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
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    @contextmanager
    def names_again(self) -> Iterator[None]:
        """Name the folders of later cases as those of the cases inside."""
        before = self.count
        yield
        self.count = before

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

        The script becomes `script.ps1` of the folder, with shorter waits; `entry` names another file there to run in
        its place. Options are
        those of the fake, and two more. `shadow`: PowerShell that runs in the session before the script as a profile
        does, and is undone after it. `other`: state and options of a second organization, with cmdlets of its own.
        """
        self.runs += 1
        if self.runs % RUNS == 0:
            self.close()
            self.process = self.start()
        assert self.process.stdin
        assert self.process.stdout
        folder = folder or self.case()
        for wait, less in WAITS.items():
            script = script.replace(wait, less)
        script = self.with_table_apart(script)
        (folder / "script.ps1").write_text(script, encoding="ascii", newline="")
        path = folder / "state.json"
        write_state(path, state)
        moments = folder / "state.json.moments"
        moments.unlink(missing_ok=True)
        options = dict(options or {})
        if HOSTILE_PROFILE in os.environ:
            options["shadow"] = HOSTILE.read_text("ascii") + options.get("shadow", "")
        request = {
            "script": str(folder / entry),
            "arguments": {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 2}
            if arguments is None
            else arguments,
            "state": str(path),
            "options": options,
        } | self.session(options, folder)
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
            connecting=answer["connecting"],
            left=answer["left"],
            other=read_state(folder / "other.json") if "other" in options else None,
            host=host,
            journal=read_journal(folder),
            moments=[json.loads(line) for line in moments.read_text("utf-8").splitlines()] if moments.exists() else [],
            **split_state(path),
        )

    def with_table_apart(self, script: str) -> str:
        """Return a script that reads its table of data from a file, so that all plans share the code compiled once."""
        table = TABLE.search(script)
        if table is None:
            return script
        file = self.folder / "table.ps1"
        file.write_text(table[1], encoding="ascii", newline="")
        read = f"& ([scriptblock]::Create([System.IO.File]::ReadAllText('{file}')))"
        return script[: table.start(1)] + read + script[table.end(1) :]

    def session(self, options: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Return the files of the modules of a session, made when first asked for."""
        cmdlets = write_cmdlets(self.modules / "session", options)
        found: dict[str, Any] = {"cmdlets": str(cmdlets), "manifest": None, "manifests": None, "other": None}
        if has_online_module(options):
            path = self.modules / options.get("moduleVersion", MODULE_VERSION)
            found |= {"manifest": str(write_online_module(path, options)), "manifests": str(path)}
        if "other" in options:
            other = options["other"]
            write_state(folder / "other.json", other["state"])
            path = write_cmdlets(self.modules / "session", other["options"], number=2)
            found["other"] = {"cmdlets": str(path), "state": str(folder / "other.json"), "options": other["options"]}
        return found

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
        modules = folder / "modules"
        connected = options is None or options.get("connected", True)
        cmdlets = write_cmdlets(modules if connected else folder / "not-loaded", options or {})
        if has_online_module(options or {}):
            write_online_module(modules, options or {})
        environment = dict(os.environ)
        environment |= {
            "PSModulePath": str(modules),
            "FAKE_EXCHANGE_CMDLETS": str(cmdlets),
            "FAKE_EXCHANGE_STATE": str(folder / "state.json"),
            "FAKE_EXCHANGE_OPTIONS": json.dumps({"saveEach": True} | (options or {})),
        }
        return [self.pwsh, "-NoProfile", "-File", str(folder / "script.ps1"), *arguments], environment


CMDLETS = [
    *(("Get", noun) for noun in ("CASMailbox", "MobileDevice", "MobileDeviceStatistics", "MobileDeviceMailboxPolicy")),
    *(("Get", noun) for noun in ("ActiveSyncDeviceAccessRule", "ActiveSyncOrganizationSettings")),
    *(("Get", noun) for noun in ("OrganizationConfig", "ADServerSettings")),
    *((verb, "ActiveSyncDeviceAccessRule") for verb in ("New", "Set", "Remove")),
    *((verb, "MobileDeviceMailboxPolicy") for verb in ("New", "Set", "Remove")),
    ("Set", "ActiveSyncOrganizationSettings"),
    ("Set", "CASMailbox"),
]


CONNECTING = (("Get", "ConnectionInformation"), ("Connect", "ExchangeOnline"), ("Disconnect", "ExchangeOnline"))


def has_online_module(options: dict[str, Any]) -> bool:
    """Return whether a session has the module ExchangeOnlineManagement."""
    return options.get("edition", ONLINE) == ONLINE or "connections" in options


def write_cmdlets(folder: Path, options: dict[str, Any], number: int = 1) -> Path:
    """Return the file of the module with the cmdlets, named as those of a connection or of a remote session are."""
    name = f"{'tmpEXO' if options.get('edition', ONLINE) == ONLINE else 'tmp'}_fake{number:04}.abc"
    return write_module(folder / name, name, "FakeExchange.psm1", "1.0", CMDLETS)


def write_online_module(folder: Path, options: dict[str, Any]) -> Path:
    """Return the manifest of the module ExchangeOnlineManagement, which has a version as the real one does."""
    name, version = "ExchangeOnlineManagement", options.get("moduleVersion", MODULE_VERSION)
    file = write_module(folder / name / version, name, f"{name}.psm1", version, CONNECTING)
    return file.with_suffix(".psd1")


def write_module(folder: Path, name: str, source: str, version: str, commands: Iterable[tuple[str, str]]) -> Path:
    """Return the file of a module, whose commands are found where its folder is on the path of modules."""
    file = folder / f"{name}.psm1"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes((HERE / source).read_bytes())
        names = ", ".join(f"'{verb}-{noun}'" for verb, noun in commands)
        manifest = f"@{{ RootModule = '{file.name}'; ModuleVersion = '{version}'; FunctionsToExport = @({names}) }}\n"
        file.with_suffix(".psd1").write_text(manifest)
    return file


def split_state(path: Path) -> dict[str, Any]:
    """Return `state`, `calls` and `milliseconds` from the file that the fake left."""
    state = read_state(path)
    state.pop("seal", None)
    return {"calls": state.pop("calls", []), "milliseconds": state.pop("milliseconds", 0), "state": state}


def read_journal(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the journals in a folder; each must be whole."""
    return [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("ascii").splitlines()
    ]
