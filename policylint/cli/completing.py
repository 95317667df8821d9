"""What a shell offers when somebody presses Tab: names from the policy, from live state and from the rules there are.

A shell runs this at each press. So it is quick, and where something fails it offers nothing and does not say so.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from click.types import StringParamType

from policylint.cli import terminal
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import click
    from click.shell_completion import CompletionItem, ShellComplete

    from policylint.cli.options import ProjectOptions
    from policylint.project.project import Project

VARIABLE = "_POLICYLINT_COMPLETE"
"""The variable in which the script of a shell says what it asks for."""

MOST_ITEMS = 200
"""How many names are offered at most."""

MOST_POLICY_BYTES = 2 << 20
"""How much policy is read for names: more takes too long."""

MOST_SNAPSHOT_BYTES = 20 << 20
"""How much of each file of live state is looked through."""

SECONDS = 0.5
"""For how long live state is looked through."""

_SAFE = regex(r"[\w@.][\w@.+:%/=-]*")
"""A name that means itself in every shell: no blank, quote, wildcard or control character, and no option."""

_KEYS = {"mailbox": b"PrimarySmtpAddress|mailbox", "device": b"DeviceId"}
"""The names under which live state in JSON has what is offered."""


def answer(instruction: str) -> int:
    """Write what the script of a shell asks for, and return the exit code."""
    from click.shell_completion import get_completion_class

    from policylint.cli.main import main

    shell, _, _ = instruction.partition("_")
    found = _bash() if shell == "bash" else get_completion_class(shell)
    if found is None or not instruction.endswith("_complete"):
        return 1
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            text = found(main, {}, "policylint", VARIABLE).complete()
        except Exception:  # whatever it is, nobody at a prompt can do anything about it
            return 0
    terminal.tell(f"{text}\n")
    terminal.flush()
    return 0


def _bash() -> type[ShellComplete]:
    """Return what answers Bash, which breaks words at some characters too, and replaces the last part alone."""
    from click.shell_completion import BashComplete, split_arg_string

    class Bash(BashComplete):
        typed = ""

        def get_completion_args(self) -> tuple[list[str], str]:
            number = int(os.environ["COMP_CWORD"])
            parts = split_arg_string(os.environ["COMP_WORDS"])[: number + 1]
            parts += [""] * (number + 1 - len(parts))
            words, self.typed = joined(parts)
            return words[1:-1], words[-1]

        def format_completion(self, item: CompletionItem[Any]) -> str:
            before = self.typed.partition("=")[2] if self.typed.startswith("-") else self.typed
            return f"{item.type},{item.value.removeprefix(before) if item.type == 'plain' else item.value}"

    return Bash


def joined(parts: Sequence[str]) -> tuple[list[str], str]:
    """Return the words of which Bash gives the parts, and what of the last word comes before its last part."""
    words: list[str] = []
    typed, glue = "", False
    for part in parts:
        breaks = part != "" and not part.strip("@:=")
        if words and (breaks or glue):
            typed = words[-1] + (part if breaks else "")
            words[-1] += part
        else:
            words.append(part)
            typed = ""
        glue = breaks
    return words, typed


class Known(StringParamType):
    """A text of which a shell can offer some that there are. Any other is taken too: the command says what is wrong."""

    def __init__(self, find: Callable[[click.Context, str], Iterable[str]]) -> None:
        self._find = find

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Return the names that begin so, sorted."""
        from click.shell_completion import CompletionItem

        with contextlib.suppress(Exception):  # what cannot be read offers nothing; the command says why
            begin = fold(incomplete)
            found = (name for name in self._find(ctx, incomplete) if fold(name).startswith(begin))
            safe = {name for name in islice(found, 10 * MOST_ITEMS) if _SAFE.fullmatch(name) and name.isprintable()}
            return [CompletionItem(name) for name in sorted(safe)[:MOST_ITEMS]]
        return []


def options_in(ctx: click.Context) -> ProjectOptions:
    """Return what is typed of the options of a project."""
    from policylint.cli.options import ProjectOptions

    given = {name: value for name, value in ctx.params.items() if name in ProjectOptions._fields and value}
    return ProjectOptions(**{**given, "show_config": False, "require_snapshot": False})


def _project(ctx: click.Context) -> Project:
    from policylint.cli.options import open_project

    return open_project(options_in(ctx))


def _rules(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    from policylint.adapters import resources

    yield from (path.split("/")[-2] for path in resources.rule_paths())
    project = _project(ctx)
    for name in project.config.custom_rules:
        yield from (path.split("/")[-2] for path in project.files.rules(project.files.beside(name)))


def _packs(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    project = _project(ctx)
    yield from project.resources.packs.packs
    if project.config.custom_rules:
        yield from (pack for rule in project.rules for pack in rule.packs)


def _environments(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    file = _project(ctx).config_file
    yield from file.value.get("environments", {}) if file is not None else ()


def _mailboxes(ctx: click.Context, incomplete: str) -> Iterator[str]:
    project = _project(ctx)
    yield from (name for name, _ in _declared(project))
    yield from _in_live_state(project, "mailbox", incomplete)


def _devices(ctx: click.Context, incomplete: str) -> Iterator[str]:
    project = _project(ctx)
    yield from (device for _, devices in _declared(project) for device in devices)
    yield from _in_live_state(project, "device", incomplete)


def _declared(project: Project) -> list[tuple[str, list[str]]]:
    """Return the mailboxes that the policy declares, each with the device IDs of its lists."""
    from policylint.model.state import MAILBOX

    with contextlib.suppress(Exception):  # a policy that cannot be read does not hide live state
        paths = project.policy_paths
        if sum(len(project.files.read(path).text) for path in paths) > MOST_POLICY_BYTES:
            return []
        found = project.declared.state.of_kind(MAILBOX).values()
        return [(each.identity, [*_ids(each.settings.values())]) for each in found]
    return []


def _ids(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, tuple):
            yield from map(str, value)


def _in_live_state(project: Project, what: str, incomplete: str) -> Iterator[str]:
    """Yield names that live state in JSON has, of the beginning of each file; they need not be all."""
    until = time.monotonic() + SECONDS
    begin = re.escape(incomplete.encode())
    pattern = re.compile(rb'"(?:' + _KEYS[what] + rb')"\s*:\s*"((?i:' + begin + rb')[^"\\\x00-\x1f]{0,200})"')
    for path in _live_paths(project):
        left, rest = MOST_SNAPSHOT_BYTES, b""
        with contextlib.suppress(Exception), project.files.pieces(path) as pieces:  # another file may be read
            for piece in pieces:
                text = rest + piece
                yield from (found.decode(errors="replace") for found in pattern.findall(text))
                rest, left = text[-400:], left - len(piece)
                if left <= 0 or time.monotonic() > until:
                    break


def _live_paths(project: Project) -> Iterator[str]:
    files = project.files
    for path in project.snapshot_paths:
        if not files.is_stream(path):
            yield from files.members(path) or (path,)


class Action(StringParamType):
    """What `policylint rules` does, then the folders that it does that with."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Return the actions that begin so, behind `test` the folders."""
        from click.shell_completion import CompletionItem

        given = ctx.params.get(param.name or "") or ()
        if not given:
            return [CompletionItem(name) for name in ("new", "test") if name.startswith(incomplete)]
        return [CompletionItem(incomplete, type="dir")] if given[0] == "test" else []


class Shown(Known):
    """The name of what `policylint show` shows: a mailbox, or the file of a plan."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Return the names that begin so."""
        from click.shell_completion import CompletionItem

        what = ctx.params.get("what")
        if what == "mailbox":
            return super().shell_complete(ctx, param, incomplete)
        return [CompletionItem(incomplete, type="file")] if what == "plan" else []


ACTION, SHOWN = Action(), Shown(_mailboxes)
RULE, PACK, ENVIRONMENT = Known(_rules), Known(_packs), Known(_environments)
MAILBOX, DEVICE = Known(_mailboxes), Known(_devices)
