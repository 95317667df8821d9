"""Pages that are followed from top to bottom: each command on them runs, in one folder, in the order of the page.

Such a page has comments that nobody sees, and what they show or change stands below them:

session: SOURCE
    Begins in a folder: `imported` is the repository that `import` makes of the live state of the example, `contoso`
    is a copy of the example, and `empty` holds that live state alone. `open` is `imported` where the default access
    level is still `Allow`. These are committed, tagged `applied`, except `empty`. `two` holds the live states of two
    organizations, in the folders `contoso` and `fabrikam`.
run: COMMAND
    Runs `policylint` or `git`; the block below shows it. `&&` puts one command under another, and the options of an
    `output:` comment may follow.
do: COMMAND
    Runs it, and shows nothing: the text says what the reader types.
edit: FILE
    The difference below is made in the file.
file: FILE
    The block below is the file.
applied: PLAN
    The script of this plan was run, and live state was exported again to `live.json`, ten minutes later. With
    `; journal FILE` the script has left its journal there.
live: FILE
    Live state was exported again to this file, a day later. Where a block follows, somebody typed its lines in
    Exchange before.
moment: TIME
    From here on it is this time.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policylint.plan.planfile import read_plan
from tests.in_process import hermetic, invoke
from tests.journals import Scribe
from tests.worlds import STORE, read_sealed
from tools import EXAMPLE
from tools.docs.wanted import MOMENT, selected, wanted
from tools.example.applied import applied, by_hand, named, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

DIRECTIVE: Final = re.compile(
    r"^<!-- (?P<word>session|run|do|edit|file|applied|live|moment): (?P<spec>[^\n]+?) -->\n"
    r"(?P<block>\n?```[a-z]*\n(?P<body>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


def filled(text: str) -> str:
    """Return a page with what its commands print. Raises AssertionError where a step does not end as the page says."""
    if "<!-- session: " not in text:
        return text
    with tempfile.TemporaryDirectory() as place:
        session = Session(Path(place))
        return DIRECTIVE.sub(session.step, text)


class Session:
    """One folder, one clock, and what was done so far."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = place
        self.moment = MOMENT
        self.number = 0

    def step(self, match: re.Match[str]) -> str:
        """Do what a comment says, and return it with what belongs below it."""
        spec, body = match["spec"], match["body"]
        word = match["word"]
        assert body is not None or word not in {"edit", "file"}, f"nothing below {match[0]!r}"
        if word == "session":
            self._begin(spec)
        elif word == "run":
            below = match["block"] or ""
            kept = "" if below.lstrip("\n").startswith("```console\n") else below
            return f"<!-- run: {spec} -->\n```console\n{self._shown(spec)}\n```\n{kept}"
        elif word == "do":
            self._do(spec.split(" && "))
        elif word == "edit":
            self._edit(self.folder / spec, body)
        elif word == "file":
            self._write(self.folder / spec, body)
        elif word == "applied":
            plan, _, journal = spec.partition("; journal ")
            self._apply(self.folder / plan, journal)
        elif word == "live":
            self.moment += timedelta(days=1)
            live = (self.folder / "live.json").read_text("utf-8")
            (self.folder / spec).write_bytes(by_hand(live, body or "", self.moment - timedelta(hours=3)))
        else:
            self.moment = datetime.fromisoformat(spec)
        return match[0]

    def _begin(self, source: str) -> None:
        self.number += 1
        self.moment = MOMENT
        self.folder = self.place / str(self.number) / "contoso"
        if source == "contoso":
            shutil.copytree(EXAMPLE, self.folder)
        elif source == "two":
            for name in ("contoso", "fabrikam"):
                (self.folder / name).mkdir(parents=True)
                (self.folder / name / "live.json").write_bytes(named(name))
        else:
            self.folder.mkdir(parents=True)
            live = (EXAMPLE / "live.json").read_bytes()
            (self.folder / "live.json").write_bytes(opened(live.decode()) if source == "open" else live)
        self._do(_BEGINNINGS[source])

    def _do(self, commands: Sequence[str]) -> str:
        printed = ""
        for command in commands:
            text, code = self._run(command)
            assert code == 0, f"`{command}` ends with {code}:\n{text}"
            printed += f"$ {command}\n{text}"
        return printed

    def _shown(self, spec: str) -> str:
        want = wanted(spec)
        *first, last = want.command.split(" && ")
        shown = self._do(first)
        text, code = self._run(last)
        assert code == want.exit, f"`{last}` ends with {code}, not {want.exit}:\n{text}"
        return f"{shown}$ {last}\n{selected(text, want)}".rstrip("\n")

    def _run(self, command: str) -> tuple[str, int]:
        program, *arguments = shlex.split(command)
        stamp = str(int(self.moment.timestamp()))
        if program == "policylint":
            done = invoke(arguments, self.folder, hermetic(self.folder, SOURCE_DATE_EPOCH=stamp), joined=True)
            return done.out.decode(), done.code
        assert program == "git", command
        names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
        dates = {f"GIT_{who}_DATE": f"{stamp} +0000" for who in ("AUTHOR", "COMMITTER")}
        ran = subprocess.run(
            [program, *arguments],
            cwd=self.folder,
            env=hermetic(self.folder, **names, **dates),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            encoding="utf-8",
        )
        return ran.stdout, ran.returncode

    def _write(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8", newline="\n")

    def _edit(self, path: Path, body: str) -> None:
        lines = body.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path.name} has {text.count(before)} times:\n{before}\nIt is:\n{text}"
        self._write(path, text.replace(before, after))

    def _apply(self, plan: Path, journal: str) -> None:
        simulated = self._do(("policylint simulate --full --format json",)).partition("\n")[2]
        live = self.folder / "live.json"
        if journal:
            self._write(self.folder / journal, self._journal(plan, live))
        self.moment += timedelta(minutes=10)
        live.write_bytes(applied(live.read_text("utf-8"), plan.read_text("utf-8"), simulated, self.moment))

    def _journal(self, plan: Path, live: Path) -> str:
        made = read_plan(plan.read_text("utf-8"), plan.name, STORE, self.moment)
        state = read_sealed(live.read_bytes()).state
        return Scribe(made, state, self.moment).run(range(len(made.steps))).text


_COMMIT: Final = ("git init -q -b main", "git add -A", "git commit -q -m 'the policy of today'", "git tag applied")
_IMPORT: Final = ("policylint import live.json -o policy", *_COMMIT)
_BEGINNINGS: Final = {
    "empty": (),
    "two": ("git init -q -b main",),
    "contoso": _COMMIT,
    "imported": _IMPORT,
    "open": _IMPORT,
}
_PERSON: Final = {"NAME": "mobile-team", "EMAIL": "mobile-team@contoso.com"}
