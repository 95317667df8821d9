"""Runs of the command line in this process, with streams of any encoding, and what their outputs have to be."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import unicodedata
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

import click
from markdown_it import MarkdownIt

from policylint.cli.main import HELP, main
from policylint.cli.options import Format
from tests import in_process
from tests.hostile.world import FORGED, NOW, RUNS
from tests.in_process import hermetic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SGR = re.compile(r"\x1b\[[0-9;]*m")
_LOG_COMMAND = re.compile(r"##[A-Za-z]*\[")
_WORKFLOW = re.compile(r"::(error|warning|notice) (file=[^,:]*,line=[0-9]+,|title=policylint [a-z-]+::)")
_LOGGING = re.compile(r"##vso\[task\.logissue type=(error|warning);[^\]]*\]|.*info\[[^\]]*\] ")
_ISSUE = re.compile(r"^##vso\[task\.logissue type=(error|warning);", re.MULTILINE)
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


_ALIKE = {"azure", "concise", "github", "gitlab", "junit", "sarif"}
"""Formats that show what others do: the first run in each repository has to do, and one in color."""


class Case(NamedTuple):
    """A command line in a repository, with the format of what it prints."""

    command: str
    repository: str
    arguments: tuple[str, ...]
    format: str
    color: bool = False
    file: str = ""

    @property
    def id(self) -> str:
        """Return what tells the case from others, readable."""
        words = (self.command, self.repository, *self.arguments, self.file)
        return " ".join(word.encode("unicode_escape").decode()[:24] for word in words if word)


class Printed(NamedTuple):
    """What a run gave: its exit code, and the bytes of both streams and of the file that it wrote."""

    code: int
    out: bytes
    err: bytes
    written: bytes | None = None


def command_named(name: str) -> click.Command:
    """Return a command by its name."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return command


def choices(name: str, option: str) -> tuple[str, ...]:
    """Return what an option of a command may be, from the command itself; empty where it has no such option."""
    for parameter in command_named(name).params:
        if parameter.name == option and isinstance(parameter.type, click.Choice | Format):
            return tuple(map(str, parameter.type.choices))
    return ()


def cases() -> Iterator[Case]:
    """Yield every run in every format, in color, and into a file."""
    for name, runs in RUNS.items():
        options = {parameter.name for parameter in command_named(name).params}
        formats = choices(name, "format") or ("ps1" if name.endswith("-script") else "text",)
        seen: set[tuple[str, str]] = set()
        for number, (repository, arguments) in enumerate(runs):
            named = [arguments[at + 1].partition("=")[0] for at, word in enumerate(arguments) if word == "--format"]
            for form in named or (("text",) if {"--show-config", "new"} & set(arguments) else formats):
                is_first = (repository, form) not in seen
                if form in _ALIKE and not is_first and not named:
                    continue
                seen.add((repository, form))
                chosen = ("--format", form) if "format" in options and not named else ()
                yield Case(name, repository, (*arguments, *chosen), form)
                if is_first and "color" in options and form in {"text", "concise"}:
                    yield Case(name, repository, (*arguments, *chosen, "--color", "always"), form, color=True)
                if "file" in options and number == 0 and form != "markdown":
                    yield Case(name, repository, (*arguments, *chosen, "-o", f"out.{form}"), form, file=f"out.{form}")


def invoke(case: Case, folder: Path, encoding: str = "utf-8") -> Printed:
    """Run a command in a folder, its streams as Python makes them where they are no terminal."""
    if case.repository == "empty":
        shutil.rmtree(folder)
        folder.mkdir()
    if case.file:
        (folder / case.file).unlink(missing_ok=True)
    environment = hermetic(folder, SOURCE_DATE_EPOCH=NOW)
    done = in_process.invoke([case.command, *case.arguments], folder, environment, encoding=encoding)
    file = folder / case.file
    written = file.read_bytes() if case.file and file.is_file() else None
    return Printed(*done, written)


def without_color(output: bytes) -> bytes:
    """Return an output without the codes of colors."""
    return _SGR.sub("", output.decode("utf-8")).encode()


def problems(case: Case, printed: Printed) -> list[str]:
    """Return what is wrong with an output."""
    found = [f"error stream: {each}" for each in _of_text(printed.err.decode("utf-8"), case.color)]
    found += _of_output(case, printed.out.decode("utf-8"))
    if printed.written is not None:
        text = printed.written.decode("utf-8-sig" if case.format == "csv" else "utf-8")
        found += [f"file: {each}" for each in _of_output(case, text.replace("\r\n", "\n"))]
    return found


def _of_output(case: Case, text: str) -> list[str]:
    found = _of_text(text, case.color, commands=case.format, pages=case.command == "explain")
    if case.format in {"json", "sarif", "gitlab", "junit", "html", "markdown", "ps1"} and not text.isascii():
        found.append("not ASCII")
    if case.format in {"json", "sarif", "gitlab"} and text:
        json.loads(text)
    if case.format == "junit" and text:
        ElementTree.fromstring(text)
    if case.command == "schema" and text.startswith("{"):
        found += [] if text.isascii() and json.loads(text) else ["no schema"]
    if case.format == "csv" and text:
        found += _of_csv(text)
    if case.format == "html" and text:
        found += _of_html(text)
    if case.format == "markdown" and text:
        found += _of_markdown(text)
    if case.format == "github":
        found += [f"no workflow command: {line!r}" for line in text.splitlines() if not _WORKFLOW.match(line)]
    if case.format == "azure":
        found += [f"no issue: {line!r}" for line in text.splitlines() if not _LOGGING.match(line)]
    return found


def _of_text(text: str, color: bool = False, *, commands: str = "", pages: bool = False) -> list[str]:
    """Return what could steer a terminal or a runner, or begins a line that is not ours; a page is not ours at all."""
    plain = _SGR.sub("", text) if color else text
    found = [f"raw {char!r}" for char in set(plain) - {"\n"} if _is_unseen(char)]
    logged = _ISSUE.sub("", text) if commands == "azure" else text
    found += [f"log command {match[0]!r}" for match in _LOG_COMMAND.finditer(logged)]
    if re.search(rf"\x1b\[31m{FORGED}", text):
        found.append("foreign color")
    for line in plain.split("\n"):
        if line.strip().startswith("::") and commands != "github":
            found.append(f"workflow command {line[:80]!r}")
        if line.strip().startswith(FORGED) and not pages:
            found.append(f"forged line {line[:80]!r}")
    return found


def _is_unseen(char: str) -> bool:
    variant = 0xFE00 <= ord(char) <= 0xFE0E or 0xE0100 <= ord(char) <= 0xE01EF
    return variant or unicodedata.category(char) in _UNSEEN


def _of_csv(text: str) -> list[str]:
    rows = list(csv.reader(io.StringIO(text)))
    found = [] if len(rows) == text.count("\n") else ["a row of several lines"]
    found += [
        f"formula {cell!r}" for row in rows for cell in row if cell.lstrip(" \"'")[:1] in _FORMULA and cell[:1] != "'"
    ]
    for row in csv.reader(io.StringIO(text), delimiter=";"):  # as Excel reads it where a comma is for decimals
        found += [f"formula {cell!r}" for cell in row[1:] if cell.lstrip(" \"'")[:1] in _FORMULA and cell[:1] != "'"]
    return found


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"img", "iframe"} or any(name.startswith("on") for name, _value in attrs):
            self.found.append(f"foreign markup <{tag} {attrs}>")


_MARKUP = {
    *("h3", "p", "strong", "code", "br", "ul", "li", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
"""The elements that a comment is made of."""


class _Shown(HTMLParser):
    """The elements of a page, and its text outside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self._codes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {tag, *(f"{tag} {name}" for name, _value in attrs)}
        self._codes += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._codes -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.texts += [] if self._codes else [data]


_CALL = re.compile(r"[@#!]\w|https?://|\bwww\.")


def _of_markdown(text: str) -> list[str]:
    page = _Shown()
    page.feed(MarkdownIt("commonmark").enable("table").render(text))
    found = [f"foreign markup <{tag}>" for tag in sorted(page.tags - _MARKUP)]
    return found + [f"a call in {each!r}" for each in page.texts if _CALL.search(each)]


def _of_html(text: str) -> list[str]:
    tags = _Tags()
    tags.feed(text)
    return tags.found + ([] if text.count("<script") == 1 else ["foreign script"])


assert HELP in RUNS
