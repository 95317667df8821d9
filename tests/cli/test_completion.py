"""Completion: what a shell is offered at a Tab, and that nothing in the files makes that fail, wait or run anything."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from policylint.cli.completing import MOST_ITEMS, joined
from policylint.cli.completion_command import INSTALL, shell_of
from policylint.cli.main import COMMANDS
from tests.requirements import BASH, PWSH
from tests.sealed import seal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Folder

DEVICE = {"DeviceType": "iPhone", "DeviceOS": "", "DeviceModel": "", "DeviceUserAgent": ""}


def offered(folder: Folder, line: str, shell: str = "bash", **environment: str) -> list[str]:
    """Return what is offered at the end of a line, which nothing may be said about."""
    words = line.split(" ")
    asked = {"_POLICYLINT_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = folder.run(**asked, **environment)
    assert (0, "") == (done.returncode, done.stderr)
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("policylint li", ["lint"]),
        ("policylint sn", ["snapshot"]),
        ("policylint snapshot ", ["show", "seal"]),
        ("policylint report e", ["exemptions"]),
        ("policylint --v", ["--version"]),
        ("policylint lint --uns", ["--unsafe"]),
        ("policylint lint --format s", ["sarif"]),
        ("policylint lint --format=con", ["concise"]),
        ("policylint lint --edition exchange-20", ["exchange-2013", "exchange-2016", "exchange-2019"]),
        ("policylint explain device-id-i", ["device-id-in-both-lists", "device-id-in-other-form"]),
        ("policylint rules --pack cis", ["cis-exchange-2019-l1"]),
        ("policylint rules t", ["test"]),
        ("policylint completion p", ["powershell"]),
        ("policylint why --mailbox miriam", ["miriam.okafor@contoso.com"]),
        ("policylint show mailbox MIRIAM.okafor@", ["miriam.okafor@contoso.com"]),
        ("policylint lint --config nowhere.yaml --env ", []),
    ],
)
def test_what_is_offered(example: Folder, line: str, expected: list[str]) -> None:
    assert expected == offered(example, line)


def test_every_command_is_offered_by_its_first_word_once(folder: Folder) -> None:
    assert [*dict.fromkeys(name.partition(" ")[0] for name in COMMANDS)] == offered(folder, "policylint ")


def test_environments_packs_and_rules_of_the_repository_are_offered(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\ncustom-rules: [lint]\nenvironments: {lab: {}, live: {}}\n")
    folder.run("rules", "new", "house/zzz-own-rule")
    assert ["lab", "live"] == offered(folder, "policylint lint --env l")
    assert ["zzz-own-rule"] == offered(folder, "policylint explain zzz")


def test_mailboxes_and_devices_of_policy_and_live_state_are_offered(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    folder.write("policy/a.yaml", "mailboxes:\n  - Identity: anna@x.com\n    ActiveSyncAllowedDeviceIDs: [AAA1]\n")
    devices = [{"mailbox": "bob@x.com", "Guid": "1", "DeviceId": name, **DEVICE} for name in ("AAA2", "BBB")]
    folder.write("live.json", seal(mailboxes=[{"PrimarySmtpAddress": "cleo@x.com"}], devices=devices))
    assert ["anna@x.com", "bob@x.com", "cleo@x.com"] == offered(folder, "policylint simulate --mailbox ")
    for command in ("why", "approve --mailbox anna@x.com", "deny BBB"):
        assert ["AAA1", "AAA2"] == offered(folder, f"policylint {command} aaa")
    folder.write("policy/a.yaml", "mailboxes: [")
    assert ["AAA2"] == offered(folder, "policylint why A")


HOSTILE = [
    "$(touch PWNED)",
    "`x`",
    "a b",
    "a;b",
    "a'b",
    'a"b',
    "a\\b",
    "a*",
    "a\nb",
    "a\x1b[1m",
    "-rf",
    "~a",
    "a,b",
    "a|b",
    "a\u202eb",
]


@pytest.mark.parametrize("shell", INSTALL)
def test_what_a_shell_could_take_for_something_else_is_not_offered(folder: Folder, shell: str) -> None:
    devices = [{"Guid": "1", "DeviceId": name, **DEVICE} for name in (*HOSTILE, "good")]
    folder.write("live.json", seal(devices=devices))
    asked = {"COMP_WORDS": "policylint why --snapshot live.json ", "COMP_CWORD": "" if shell == "fish" else "4"}
    done = folder.run(_POLICYLINT_COMPLETE=f"{shell}_complete", **asked)
    assert (0, "") == (done.returncode, done.stderr)
    assert ["good"] == [
        line.removeprefix("plain,") for line in done.stdout.split("\n") if line not in {"plain", "_", ""}
    ]


def test_a_huge_snapshot_keeps_nobody_waiting(folder: Folder) -> None:
    with (folder.path / "live.json").open("w", encoding="ascii") as file:
        file.write("".join(f'{{"DeviceId": "X{number}"}}\n' for number in range(1000)))
        file.write('"\n' * (30 << 20))
        file.write('{"DeviceId": "LAST"}\n')
    began = time.process_time()
    found = offered(folder, "policylint why --snapshot live.json ")
    assert time.process_time() - began < 2
    assert MOST_ITEMS == len(found)
    assert [] == offered(folder, "policylint why --snapshot live.json LAST")


@pytest.mark.parametrize(
    "line", ["policylint why --snapshot missing.json ", "policylint why --config a.yaml ", "policylint why --env x "]
)
def test_what_cannot_be_read_offers_nothing(folder: Folder, line: str) -> None:
    folder.write("a.yaml", "version: [")
    assert [] == offered(folder, line)


@pytest.mark.parametrize("instruction", ["bash_complete", "bash_source", "tcsh_complete", "x", "bash"])
def test_a_strange_question_is_no_failure_that_is_seen(folder: Folder, instruction: str) -> None:
    done = folder.run(_POLICYLINT_COMPLETE=instruction, COMP_WORDS="policylint '", COMP_CWORD="x")
    assert ("", "") == (done.stdout.strip(), done.stderr)


@pytest.mark.parametrize(
    ("parts", "words", "typed"),
    [
        (["p", "li"], ["p", "li"], ""),
        (["p", "--format", "=", "js"], ["p", "--format=js"], "--format="),
        (["p", "--format", "="], ["p", "--format="], "--format="),
        (["p", "a", "@", "b"], ["p", "a@b"], "a@"),
        (["p", "a", "@"], ["p", "a@"], "a@"),
        (["p", "--mailbox", "=", "a", "@", "b"], ["p", "--mailbox=a@b"], "--mailbox=a@"),
        (["p", "a", "@", "b", ""], ["p", "a@b", ""], ""),
    ],
)
def test_what_bash_breaks_is_put_together(parts: list[str], words: list[str], typed: str) -> None:
    assert (words, typed) == joined(parts)


@pytest.mark.parametrize(
    ("environment", "on_windows", "expected"),
    [
        ({"SHELL": "/bin/bash"}, False, "bash"),
        ({"SHELL": "/usr/local/bin/zsh"}, False, "zsh"),
        ({"SHELL": "/usr/bin/pwsh"}, False, "powershell"),
        ({"SHELL": "/bin/bash", "PSModulePath": "x"}, False, "powershell"),
        ({"SHELL": "/bin/tcsh"}, False, None),
        ({}, False, None),
        ({"PSModulePath": "x"}, True, "powershell"),
        ({"SHELL": r"C:\Program Files\Git\usr\bin\bash.exe", "PSModulePath": "x"}, True, "bash"),
    ],
)
def test_the_shell_in_use_is_known(environment: dict[str, str], on_windows: bool, expected: str | None) -> None:
    assert expected == shell_of(environment, on_windows=on_windows)


@pytest.mark.parametrize("shell", INSTALL)
def test_the_script_of_a_shell_is_printed(folder: Folder, shell: str) -> None:
    done = folder.run("completion", shell)
    assert (0, "") == (done.returncode, done.stderr)
    assert f"_POLICYLINT_COMPLETE={shell}_complete" in done.stdout or f"= '{shell}_complete'" in done.stdout


def test_a_shell_that_is_not_known_is_asked_for(folder: Folder) -> None:
    done = folder.run("completion", SHELL="/bin/tcsh", PSModulePath="")
    assert (3, "") == (done.returncode, done.stdout)
    assert "error: which shell is not known\n  = help: name it: bash, zsh, fish, powershell\n" == done.stderr


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return a folder with the program, as a shell finds it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "policylint").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m policylint "$@"\n', encoding="utf-8")
    (folder / "policylint").chmod(0o755)
    return folder


def drive(example: Folder, program: Path, *command: str) -> list[str]:
    """Return the lines that a shell prints."""
    environment = {**os.environ, "PATH": f"{program}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=example.path, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout.splitlines()


@BASH.needed
def test_bash_completes(example: Folder, program: Path) -> None:
    script = """
    eval "$(policylint completion bash)"
    ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _policylint_completion policylint; }
    ask policylint snapshot s; echo "${COMPREPLY[*]}"
    ask policylint why --mailbox miriam.okafor @ c; echo "${COMPREPLY[*]}"
    complete -p policylint
    """
    expected = ["show seal", "contoso.com", "complete -o nosort -F _policylint_completion policylint"]
    assert expected == drive(example, program, "bash", "--norc", "-c", script)


@PWSH.needed
def test_powershell_completes(example: Folder, program: Path) -> None:
    script = """
    policylint completion powershell | Out-String | Invoke-Expression
    foreach ($line in 'policylint snapshot s', 'policylint why --mailbox miriam.okafor@c') {
        ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
        ).CompletionMatches.CompletionText -join ' '
    }
    """
    found = drive(example, program, "pwsh", "-NoProfile", "-NonInteractive", "-Command", script)
    assert ["show seal", "miriam.okafor@contoso.com"] == found


@PWSH.needed
def test_powershell_runs_nothing_of_a_name(example: Folder, program: Path) -> None:
    names = ["pol$(touch X)", "pol'it\u2019s;x", "poland"]
    for name in names:
        example.write(name, "")
    script = """
    policylint completion pwsh | Out-String | Invoke-Expression
    $line = 'policylint lint --baseline pol'
    ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
    ).CompletionMatches.CompletionText | ForEach-Object { Invoke-Expression "Write-Output $_" } | Split-Path -Leaf
    """
    found = drive(example, program, "pwsh", "-NoProfile", "-NonInteractive", "-Command", script)
    assert {*names} <= {*found}
    assert not (example.path / "X").exists()
