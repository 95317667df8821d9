"""Bad input: one line that says what, where and how to mend it, the right exit code, and nothing half written."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.requirements import LINUX
from tests.sealed import HEADER, seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

GOOD = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [a@contoso.com]}\n"


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("", "policy/a.yaml:1:1", "the file is empty"),
        ("# nothing\n", "policy/a.yaml:1:1", "the file is empty"),
        ("- a\n", "policy/a.yaml:1:1", "a policy file is a mapping of sections"),
        ("just words\n", "policy/a.yaml:1:1", "a policy file is a mapping of sections"),
        ("organization: {DefaultAccessLevel: Allow\n", "policy/a.yaml:2:1", "not YAML"),
        ("organization:\n\tDefaultAccessLevel: Allow\n", "policy/a.yaml:2:1", "not YAML"),
        ("organisation: {}\n", "policy/a.yaml:1:1", "unknown key `organisation`"),
        ("organization: {DefaultAccessLevel: [Allow]}\n", "policy/a.yaml:1:36", "`DefaultAccessLevel` is a list"),
        ("organization: {DefaultAccessLevel: Deny}\n", "policy/a.yaml:1:36", "is not one of Allow, Block, Quarantine"),
        (b"organization: {UserMailInsert: caf\xe9}\n", "policy/a.yaml:1:35", "not UTF-8 text: byte 0xE9"),
        ("organization: {}\n".encode("utf-16-le"), "policy/a.yaml:1:2", "control character U+0000"),
        ("a: 1\na: 2\n", "policy/a.yaml:2:1", "key `a` is written twice"),
        ("[" * 10_000, "policy/a.yaml:1:65", "nested more than 64 levels deep"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_wrong_policy_file(folder: Folder, content: str | bytes, place: str, message: str) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", content)
    for command in ("lint", "simulate", "plan", "test"):
        done = folder.run(command)
        text = done.stdout + done.stderr
        assert done.returncode == 1, text
        assert f"{place}: error: " in text
        assert message in text


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ("", 4, "policylint.yaml: empty"),
        ("version: 2\n", 3, "`version` is `2`, which is not 1"),
        ("edition: exchange-online\n", 3, "`version` is missing"),
        ("version: 1\nguard: {}\n", 3, "policylint.yaml:2:1: error: unknown key `guard`"),
        ("version: 1\nedition: exchange-2010\n", 3, "policylint.yaml:2:10: error: `edition`"),
        ("version: 1\n  x: [\n", 3, "not YAML"),
        (
            "version: 1\npolicies: [nowhere/*.yaml]\n",
            3,
            "policylint.yaml:2:12: error: `nowhere/*.yaml` matches no file",
        ),
        ("version: 1\ncustom-rules: [gone]\n", 4, "gone: no such folder"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_wrong_configuration(folder: Folder, content: str, code: int, message: str) -> None:
    folder.write("policylint.yaml", content)
    folder.write("policy/a.yaml", GOOD)
    done = folder.run("lint")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) <= 3


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["lint"],
            4,
            "no policy found: no policylint.yaml here or in a folder above, and nothing here matches policy/",
        ),
        (["lint", "gone.yaml"], 4, "gone.yaml: no such file"),
        (["plan", "--config", "gone.yaml"], 4, "gone.yaml: no such file"),
        (["lint", "--env", "test"], 3, "--env needs a policylint.yaml"),
        (["lnit"], 3, "error: no such command `lnit`\n  = help: did you mean `lint`?"),
        (["migrate"], 3, "error: no such command `migrate`\n  = help: see `policylint --help`"),
        (["help", "lnit"], 3, "no such command `lnit`"),
        (["plan", "--zzzz"], 3, "error: no such option `--zzzz`\n  = help: see `policylint plan --help`"),
        (
            ["lint", "--format", "xml"],
            3,
            "error: invalid value for `--format`: `xml` is not one of `text`, `concise`, `json`, `sarif`, `github`, ",
        ),
        (["lint", "--formt", "json"], 3, "error: no such option `--formt`\n  = help: did you mean `--format`?"),
        (["why", "--device", "x"], 3, "error: no such option `--device`\n  = help: see `policylint why --help`"),
        (["test", "--nope"], 3, "error: no such option `--nope`\n  = help: see `policylint test --help`"),
        (["lint", "--env"], 3, "error: option `--env` requires an argument\n  = help: see `policylint lint --help`"),
        (["explain"], 3, "error: name what to explain\n  = help: `policylint explain --list` shows what there is"),
        (["plan", "live.json"], 3, "error: unexpected argument `live.json`\n  = help: see `policylint plan --help`"),
        (["plan", "--snapshot", ""], 3, "error: invalid value for `--snapshot`: the name is empty\n"),
        (["why"], 3, "name a device ID"),
        (["explain", "default-level-alow"], 3, "nothing is known of `default-level-alow`"),
        (["apply-script", "gone.json"], 4, "gone.json: cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_in_an_empty_folder(folder: Folder, arguments: list[str], code: int, message: str) -> None:
    done = folder.run(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def test_one_bad_file_does_not_hide_what_is_wrong_with_another(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", b"\xff\xfe\xff")
    folder.write("policy/b.yaml", "organization: {DefaultAccessLevel: Deny}\n")
    (folder.path / "policy" / "c.yaml").symlink_to("gone.yaml")
    done = folder.run("lint")
    assert done.returncode == 4
    assert "policy/b.yaml:1:36" in done.stdout
    assert "policy/a.yaml:" in done.stdout
    assert "policy/c.yaml:1:1: error: a link to nothing" in done.stdout


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (lambda data: b"", "live.json:1: it is empty [empty-file]"),
        (lambda data: data[: len(data) // 2], "live.json: "),
        (lambda data: data.rsplit(b'"seal"', 1)[0], "live.json: not sealed"),
        (lambda data: data.replace(b"Quarantine", b"Allow", 1), "live.json: changed after it was sealed"),
        (lambda data: data.replace(b"policylint-snapshot/1", b"policylint-snapshot/9"), "live.json: its format is"),
        (lambda data: b"[1, 2]\n", "live.json:1:2: `1` where an object should be"),
        (lambda data: data.decode().encode("utf-16"), "live.json: "),
    ],
    ids=["empty", "cut", "unsealed", "edited", "newer", "other", "utf-16"],
)
def test_a_wrong_snapshot(example: Folder, cut: object, message: str) -> None:
    live = example.path / "live.json"
    live.write_bytes(cut(live.read_bytes()))  # type: ignore[operator]
    done = example.run("plan", "--out", "plan.json")
    assert (done.returncode, done.stdout) == (4, "")
    assert message in done.stderr
    assert "= help: " in done.stderr
    assert not (example.path / "plan.json").exists()


def test_a_plan_that_is_not_as_it_was_made(example: Folder) -> None:
    assert example.run("plan", "--out", "plan.json").returncode == 0
    plan = json.loads((example.path / "plan.json").read_text())
    for name, change, message in (
        ("edited", {"edition": "exchange-2019"}, "changed after it was made"),
        ("newer", {"format": "policylint-plan/2"}, "this version reads `policylint-plan/1`"),
    ):
        example.write(f"{name}.json", json.dumps({**plan, **change}))
        done = example.run("apply-script", f"{name}.json", "-o", "converge.ps1")
        assert (done.returncode, done.stdout) == (4, "")
        assert message in done.stderr
        assert not (example.path / "converge.ps1").exists()
    for content in ("", "{", "no", b"\xff\xff"):
        example.write("bad.json", content)
        assert example.run("apply-script", "bad.json").returncode == 4


@pytest.mark.parametrize("command", [["apply-script"], ["apply-script", "plan.json"]])
def test_a_plan_for_no_certain_organization_makes_no_script(folder: Folder, command: list[str]) -> None:
    header = {**HEADER, "tenant": None, "organizationGuid": None}
    folder.write("live.json", seal(header, organization={"DefaultAccessLevel": "Allow", "AdminMailRecipients": []}))
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Block, AdminMailRecipients: []}\n")
    done = folder.run("plan", "--out", "plan.json", SOURCE_DATE_EPOCH="1795424400")
    assert "does not say whose live state it is, so there can be no script" in done.stdout, done.stderr
    done = folder.run(*command, "-o", "converge.ps1", SOURCE_DATE_EPOCH="1795424400")
    assert (done.returncode, done.stdout) == (4, "")
    assert "error: the plan does not say which organization it is for" in done.stderr
    assert "= help: export again" in done.stderr
    assert not (folder.path / "converge.ps1").exists()


def test_a_refused_plan_makes_no_script(example: Folder) -> None:
    config = (example.path / "policylint.yaml").read_text()
    example.write("policylint.yaml", config.replace("max-newly-denied: 25", "max-newly-denied: 1"))
    done = example.run("plan", "--out", "plan.json")
    assert done.returncode == 1
    done = example.run("apply-script", "plan.json", "-o", "converge.ps1")
    assert done.returncode == 1
    (text,) = re.findall("max-newly-denied=7:[0-9a-f]{12}", done.stderr)
    assert not (example.path / "converge.ps1").exists()
    done = example.run("plan", "--out", "plan.json", "--acknowledge", text, "--reason", "agreed")
    assert done.returncode == 0, done.stderr
    assert example.run("apply-script", "plan.json", "-o", "converge.ps1").returncode == 0


@pytest.mark.parametrize("target", ["policy", "gone/out.txt"])
def test_an_output_that_cannot_be_written(example: Folder, target: str) -> None:
    before = sorted(path.name for path in example.path.rglob("*"))
    for arguments in (["lint", "-o", target], ["plan", "--out", target], ["export-script", "-o", target]):
        done = example.run(*arguments)
        assert done.returncode == 4
        assert f"error: {target}: " in done.stderr
    assert before == sorted(path.name for path in example.path.rglob("*"))


@LINUX.needed
def test_a_full_disk(example: Folder) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "policylint", "simulate", "--format", "json"]
        done = subprocess.run(command, cwd=example.path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_a_broken_pipe(example: Folder) -> None:
    command = [sys.executable, "-m", "policylint", "simulate", "--format", "json"]
    # An unbuffered stream loses the rest of a broken write in silence, before this program can see it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        command, cwd=example.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 4
    assert b"Traceback" not in errors
    assert b"Exception" not in errors


@pytest.mark.parametrize(
    ("command", "code"),
    [(["help"], 4), (["plan", "--help"], 4), (["schema"], 4), (["fmt"], 0), (["init", "../new"], 0)],
    ids=["help", "plan --help", "schema", "fmt", "init"],
)
def test_a_pipe_that_nobody_reads(example: Folder, command: list[str], code: int) -> None:
    """What was to be read is not there, which is 4; what was to be done is done."""
    run = [sys.executable, "-m", "policylint", *command]
    with subprocess.Popen(run, cwd=example.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"" == process.stderr.read()
    assert process.returncode == code


def test_ctrl_c(folder: Folder) -> None:
    """Interrupted while it waits for an input that never ends: it says so, and leaves nothing behind."""
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", GOOD)
    command = [sys.executable, "-m", "policylint", "plan", "--snapshot", "-", "--out", "plan.json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder.path, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read() if process.stderr is not None else ""
        process.wait(timeout=20)
    assert process.returncode == 4
    assert errors.lstrip().startswith("error: interrupted")
    assert sorted(path.name for path in folder.path.iterdir()) == [".git", "policy", "policylint.yaml"]


def test_a_huge_file(folder: Folder) -> None:
    """Thirty megabytes in one value are read, and refused in a moment."""
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {UserMailInsert: " + "x" * 30_000_000 + "}\n")
    done = folder.run("lint")
    assert done.returncode == 1
    assert "it has 30000000 characters" in done.stdout
    assert len(done.stdout) < 2_000
