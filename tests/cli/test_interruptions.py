"""A run that is ended before its time: it says so in one way, and leaves nothing behind, whatever it was doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from policylint import __main__ as program
from policylint.cli.exit_codes import ExitCode
from policylint.cli.signals import interrupting
from tests.requirements import POSIX

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SAID = "error: interrupted\n  = help: nothing was half written; run it again\n"
GOOD = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [a@contoso.com]}\n"
ENDING = [signal.Signals[name] for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]

ON_IMPORT = """
import sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
"""
"""What interrupts Python as it is to import a module; Python runs it at its start."""

WHILE_WRITING = """
import os
def fsync(handle):
    os.kill(os.getpid(), {number})
os.fsync = fsync
"""
"""What sends a signal when a file is written and not in its place yet."""

AND_AGAIN = """
unlink = os.unlink
def late(*given, **named):
    os.kill(os.getpid(), {number})
    unlink(*given, **named)
os.unlink = late
"""
"""What sends it again when that file is to be removed."""


def run_with(folder: Folder, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run policylint in a Python that runs some code at its start."""
    folder.write("start/sitecustomize.py", code)
    path = os.pathsep.join([str(folder.path / "start"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "policylint", *arguments],
        cwd=folder.path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def names(folder: Folder) -> list[str]:
    return sorted(path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "module",
    [
        "click",
        "policylint.cli.main",
        "policylint.cli.signals",
        "policylint.cli.lint_command",
        "yaml",
        "policylint.lint.run",
    ],
)
def test_while_it_is_imported(folder: Folder, module: str) -> None:
    folder.write("a.yaml", GOOD)
    done = run_with(folder, ON_IMPORT.format(module=module), "lint", "a.yaml")
    assert (4, "", SAID) == (done.returncode, done.stdout, done.stderr.lstrip("\n"))


def test_the_exit_code_is_that_of_the_table() -> None:
    assert ExitCode.FAILED == program._FAILED


@POSIX.needed
@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING], ids=lambda number: number.name)
@pytest.mark.parametrize("arguments", [["fmt", "a.yaml"], ["schema", "-o", "a.json"], ["init", "new"]], ids=" ".join)
def test_while_it_writes(folder: Folder, number: signal.Signals, arguments: list[str]) -> None:
    ugly = folder.write("a.yaml", GOOD.replace(": ", ":    "))
    before = ugly.read_bytes()
    code = WHILE_WRITING if number is signal.SIGINT else WHILE_WRITING + AND_AGAIN
    done = run_with(folder, code.format(number=int(number)), *arguments)
    assert (4, "", SAID) == (done.returncode, done.stdout, done.stderr.lstrip("\n"))
    assert ["a.yaml", "start/sitecustomize.py"] == [name for name in names(folder) if "__pycache__" not in name]
    assert not (folder.path / "new").exists()
    assert before == ugly.read_bytes()


@POSIX.needed
def test_ctrl_c_at_any_moment(example: Folder) -> None:
    """From the start of the imports to the end of the run there is no moment with a traceback."""
    for delay in (0.05, 0.1, 0.15, 0.2, 0.3, 0.45):
        command = [
            sys.executable,
            "-c",
            "import policylint.__main__ as program; print('up', flush=True); program.main()",
        ]
        with subprocess.Popen(
            [*command, "plan", "--out", "plan.json"],
            cwd=example.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert "up\n" == process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors
        assert process.returncode in {0, 4}
        assert not list(example.path.glob(".policylint-*"))


def test_ctrl_c_is_not_lost_where_no_exception_can_leave() -> None:
    place: dict[str, Any] = {"number": signal.SIGINT, "raise_signal": signal.raise_signal}
    exec(compile("def cb(_): raise_signal(number)", "<frozen importlib._bootstrap>", "exec"), place)

    def interrupted() -> None:
        lock = set[int]()
        _reference = weakref.ref(lock, place["cb"])
        del lock
        time.sleep(5)

    with interrupting(), pytest.raises(KeyboardInterrupt):
        interrupted()


def test_signals_are_left_as_they_were_found() -> None:
    ignored, handled = ENDING[0], ENDING[-1]
    before = {each: signal.getsignal(each) for each in ENDING}

    def mine(number: int, frame: object) -> None:
        raise AssertionError

    try:
        signal.signal(handled, mine)
        signal.signal(ignored, signal.SIG_IGN)
        kept = [signal.getsignal(each) for each in ENDING]
        with interrupting():
            assert kept == [signal.getsignal(each) for each in ENDING]
        signal.signal(ignored, signal.SIG_DFL)
        with interrupting():
            assert signal.SIG_DFL is not signal.getsignal(ignored)
        assert signal.SIG_DFL is signal.getsignal(ignored)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_outside_of_the_main_thread_signals_stay() -> None:
    seen: list[object] = []

    def run() -> None:
        with interrupting():
            seen.append(signal.getsignal(ENDING[0]))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [signal.getsignal(ENDING[0])] == seen
