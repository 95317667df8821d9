"""Refreshes what is generated in the documentation: `python -m tools.docs`; `--check` names what is stale."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import click

from policylint.adapters.resources import read_schema
from policylint.cli.exit_codes import MEANING
from policylint.cli.main import COMMANDS, main
from policylint.cli.options import Command as CliCommand
from policylint.schema.store import SchemaStore
from tools.docs import rules_text
from tools.docs.custom_rules_page import custom_rules_page
from tools.docs.outputs import ROOT, filled, printed, wanted
from tools.docs.reference import Command, Parameter, commands_page, config_page, settings_page
from tools.svg import order, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PICTURES: Final = {
    "lint": (
        'policylint lint; about "reports `iOS` as"; about "device-id-in-both-lists"; about "password-settings-without"',
        "policylint lint on the example: the verdict and three of the findings with their lines",
    ),
    "plan": (
        "policylint plan",
        "policylint plan on the example: the steps in their order, and whose access changes",
    ),
}
"""The pictures of a terminal: what is typed, and what is to be seen, for who cannot see it."""


def generated() -> dict[Path, Callable[[], str]]:
    """Return the files that are generated or hold something generated, and what makes their text."""
    store = SchemaStore(read_schema)
    docs = ROOT / "docs"
    found: dict[Path, Callable[[], str]] = {
        docs / "settings.md": lambda: settings_page(store),
        docs / "configuration.md": lambda: config_page(store),
        docs / "commands.md": lambda: commands_page(commands(), MEANING.items()),
        docs / "rules.md": rules_text.page,
        docs / "custom-rules.md": lambda: custom_rules_page(store),
        docs / "images" / "order-of-decision.svg": order.render,
        **{docs / "images" / f"{name}.svg": _picture(spec, title) for name, (spec, title) in PICTURES.items()},
    }
    for path in pages():
        if path not in found and "<!-- output: " in path.read_text(encoding="utf-8"):
            found[path] = _filled(path)
    return found


def pages() -> tuple[Path, ...]:
    """Return every page of documentation, sorted."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def _filled(path: Path) -> Callable[[], str]:
    return lambda: filled(path.read_text(encoding="utf-8"))


def _picture(spec: str, title: str) -> Callable[[], str]:
    want = wanted(spec)
    return lambda: terminal.render(want.command, printed(want, color=True), title=title)


@cache
def commands() -> tuple[Command, ...]:
    """Return the commands as the command line declares them, in the order of its help."""
    context = click.Context(main, info_name="policylint")
    found = []
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert isinstance(command, CliCommand)
        inner = click.Context(command, info_name=name, parent=context)
        help_ = tuple(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
        arguments = [_argument(param) for param in command.params if isinstance(param, click.Argument)]
        options = tuple(
            _option(param, inner) for param in command.params if isinstance(param, click.Option) and not param.hidden
        )
        usage = " ".join(["policylint", name, "[OPTIONS]", *arguments])
        found.append(Command(name=name, usage=usage, help=help_, options=options, examples=command.examples))
    return tuple(found)


def _argument(param: click.Argument) -> str:
    word = (param.name or "").upper() + ("..." if param.nargs == -1 else "")
    return word if param.required else f"[{word}]"


def _option(param: click.Option, context: click.Context) -> Parameter:
    value: Any = param.metavar or ""
    if isinstance(param.type, click.Choice):
        value = ", ".join(f"`{choice}`" for choice in param.type.choices)
    default = param.get_default(context)
    shown = str(default) if param.show_default and default not in (None, "", (), False) else ""
    return Parameter(spelling=", ".join(param.opts), value=value, default=shown, help=param.help or "")


def stale() -> Iterator[tuple[Path, str]]:
    """Yield each generated file that is not as it would be made now, with the text it should have."""
    for path, make in generated().items():
        text = make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield path, text


def _main() -> int:
    check = "--check" in sys.argv[1:]
    number = 0
    for path, text in stale():
        number += 1
        print(("stale: " if check else "wrote ") + path.relative_to(ROOT).as_posix())
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{number} of the generated files {'are stale' if check else 'refreshed'}")
    return 1 if check and number else 0


if __name__ == "__main__":
    sys.exit(_main())
