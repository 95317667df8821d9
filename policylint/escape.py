"""One escaping for each place that a text from outside can reach, applied where the text leaves.

Texts from outside are names of files, policies, snapshots, what phones report, saved plans, errors of Exchange. None of
them may steer a terminal, begin a line of its own, or be a command to a log, a spreadsheet, a browser or a shell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policylint.regex import regex

_BLANK_LETTERS = frozenset(
    (
        *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U00016fe4\U0001d159",
        *map(chr, range(0xFE00, 0xFE0F)),
        *map(chr, range(0xE0100, 0xE01F0)),
    )
)
"""Characters that Python calls printable and nobody sees: blanks, and selectors of variants but for that of emoji.

Source: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
"""

_SGR = r"\x1b\[(?:0|1|2|3[1-4])(?:;(?:1|2|3[1-4]))*m"
"""The codes that `Style` paints with."""

_UNSAFE = regex(r"[^\r\n -~]|\r(?!\n)")
_UNSAFE_IN_COLOR = regex(rf"{_SGR}|{_UNSAFE.pattern}")
_COMMAND = regex(rf"^((?: |{_SGR})*):(?=:)", re.MULTILINE)
_OWN_COMMANDS = {
    "github": regex(r"^:(?=:(?:error|warning|notice) (?:file|title)=[^:\n]*::)", re.MULTILINE),
    "azure": regex(r"^#(?=#vso\[task\.logissue type=(?:error|warning);[^\]\n]*\])", re.MULTILINE),
}
"""How the commands begin that are ours, by the format that has them."""
_LOG_COMMAND = regex(r"#(?=#[A-Za-z]*\[)")
"""The first character of `##[error]`, `##vso[task.setvariable]` and the like.

Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs (found anywhere in a line),
https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_OF_AZURE = str.maketrans({"%": "%AZP25", ";": "%3B", "]": "%5D"})
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_LATER_FORMULA = regex(r"(;[\s\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")

_NOT_PLAIN = regex(r"\A[0-9]+[.)]|\A[-+>]|(?<=www)\.|:(?![ 0-9])|[^A-Za-z0-9 ,.;:/()?=%+>-]", re.IGNORECASE)
"""What may mean something to Markdown: signs, and what begins a quote or the item of a list."""

_CALL = regex(r"[@#!$%~&\[](?=[^\s.,;)])|:(?=/)|:(?![0-9]{2}:)(?=[\w+-]+:)|\bwww(?=\.)|\bGH(?=-[0-9])", re.IGNORECASE)
"""What begins a mention, a reference, an emoji or a link in the comments of GitHub, GitLab or Azure DevOps.

They look for these in the text that is shown, so a character that nobody sees is put behind them.
Source: https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls,
https://docs.gitlab.com/user/markdown/#gitlab-specific-references
"""

_PLAIN_WORD = regex(r"[A-Za-z0-9][A-Za-z0-9._/+=:@-]*")
_LONGEST_WORD = 200
_TICKS = regex("`+")
_QUOTES = frozenset("'\"`\u2018\u2019\u201a\u201b\u201c\u201d\u201e")
"""What PowerShell takes for a quote, what Windows takes for the end of an argument, and what messages quote with."""


def clean(text: str) -> str:
    """Return a text on one line that cannot steer a terminal: what nobody would see is shown as its code point."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def clean_lines(text: str) -> str:
    """Return a text of several lines, each of them clean."""
    return "\n".join(clean(line.removesuffix("\r").replace("\t", "    ")) for line in text.split("\n"))


def _visible(char: str) -> str:
    return char if char.isprintable() and char not in _BLANK_LETTERS else _code(char)


def _code(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def guarded(text: str, *, color: bool = False, commands: str = "") -> str:
    """Return the lines of an output with nothing in them that steers a terminal or a runner: the last guard.

    With `color` the codes of `Style` stay. `commands` is the format of commands to a runner that stay where a line
    begins with one: annotations, and no others. What is composed of clean texts comes back as it is.

    Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands (blanks before `::` do not
    help: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs)
    """
    unsafe = _UNSAFE_IN_COLOR if color else _UNSAFE
    text = unsafe.sub(lambda found: found[0] if len(found[0]) > 1 else _visible(found[0]), text)
    own = _OWN_COMMANDS.get(commands)
    kept = {found.start() for found in own.finditer(text)} if own is not None else set[int]()
    text = _COMMAND.sub(lambda found: found[0] if found.start() in kept else f"{found[1]}\\u003a", text)
    if commands != "azure":
        return without_log_commands(text)
    kept = {found.start() for found in _OWN_COMMANDS["azure"].finditer(text)}
    return _LOG_COMMAND.sub(lambda found: found[0] if found.start() in kept else "\\u0023", text)


def without_log_commands(text: str, sign: str = "\\u0023") -> str:
    """Return a text without `##[...]` and `##vso[...]`, the first `#` of which is written in another way."""
    return _LOG_COMMAND.sub(lambda _found: sign, text)


def to_json(record: Any, *, indent: int = 2) -> str:
    """Return plain data as JSON in the order given: ASCII, which every encoding writes alike, ending in a line end."""
    return without_log_commands(json.dumps(record, indent=indent, ensure_ascii=True)) + "\n"


def json_pieces(record: Mapping[str, Any], *, indent: int = 2) -> Iterator[str]:
    """Yield what `to_json` returns of a record, in pieces. A member that is an iterator is a list, made one by one."""
    line = "\n" + " " * indent
    for number, (name, value) in enumerate(record.items()):
        yield f"{',' if number else '{'}{line}{json.dumps(name)}: "
        if not isinstance(value, Iterator):
            yield _indented(value, indent, line)
            continue
        start, below = "[", line + " " * indent
        for item in value:
            yield f"{start}{below}{_indented(item, indent, below)}"
            start = ","
        yield f"{line}]" if start == "," else "[]"
    yield "\n}\n"


def _indented(value: Any, indent: int, line: str) -> str:
    return without_log_commands(json.dumps(value, indent=indent, ensure_ascii=True)).replace("\n", line)


def to_html(text: str) -> str:
    """Return a text as ASCII that shows it in HTML, also as the value of an attribute."""
    return ascii_html(without_log_commands(clean(text).translate(_MARKUP), "&#35;"))


def ascii_html(text: str) -> str:
    """Return HTML with a reference for each character that is not ASCII, so that its encoding does not matter."""
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def to_markdown(text: str) -> str:
    """Return a text as ASCII that shows it in Markdown: it is no markup, links nowhere and calls nobody."""
    return _references(_CALL.sub("\\g<0>\u200b", clean(text)))


def markdown_code(text: str) -> str:
    """Return a text as ASCII that Markdown shows as code, in which nothing is looked for; the empty text is empty.

    Source: https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/node_filter/mention_filter.rb
    """
    return f"<code>{_references(clean(text))}</code>" if text else ""


def markdown_span(text: str) -> str:
    """Return a text as a code span of Markdown, for readers that show no HTML, as editors; the empty text is empty.

    Source: https://spec.commonmark.org/0.31.2/#code-spans
    """
    text = clean(text)
    fence = "`" * (max(map(len, _TICKS.findall(text)), default=0) + 1)
    blank = " " if "`" in text or text != text.strip() else ""
    return f"{fence}{blank}{text}{blank}{fence}" if text else ""


def _references(text: str) -> str:
    return _NOT_PLAIN.sub(lambda found: "".join(f"&#{ord(char)};" for char in found[0]), text)


def csv_cell(text: str) -> str:
    """Return a text as the cell of a table: one line, and no formula for a spreadsheet, whichever separator it expects.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    cell = _LATER_FORMULA.sub(r"\1'", clean(text))
    return f"'{cell}" if text.lstrip(" \t\r\n\v\f\"'").startswith((*_FORMULA, "::")) else cell


def workflow_data(*lines: str) -> str:
    """Return the lines of the message of a workflow command."""
    return "%0A".join(clean(line).replace("%", "%25") for line in lines)


def workflow_property(text: str) -> str:
    """Return the value of a property of a workflow command."""
    return clean(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def azure_data(*lines: str) -> str:
    """Return the lines of the message of a logging command of Azure Pipelines.

    Source: https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/CommandStringConvertor.cs
    """
    return "%0A".join(clean(line).translate(_OF_AZURE) for line in lines)


def azure_property(text: str) -> str:
    """Return the value of a property of a logging command of Azure Pipelines."""
    return azure_data(text)


def to_xml(text: str) -> str:
    """Return a text as ASCII that shows it in XML 1.0, also as the value of an attribute.

    It has no character that XML 1.0 forbids: those are shown as code points.
    """
    return to_html(text)


def shell_word(text: str) -> str | None:
    """Return a text as one word of a command line, the same in bash and in PowerShell; None where there is none.

    There is none for quotes, for what is not shown as it is, for what a program would take for an option, and for what
    Windows PowerShell passes on changed: the empty text, and a backslash at the end.

    Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing
    """
    if _PLAIN_WORD.fullmatch(text) and len(text) <= _LONGEST_WORD:
        return text
    changed = not text or text != guarded(clean(text)) or len(text) > _LONGEST_WORD
    if changed or _QUOTES & set(text) or text.startswith("-") or text.endswith("\\"):
        return None
    return f"'{text}'"


def command_line(command: str, *words: str, **options: str) -> str | None:
    """Return a command that may be copied, with words and options for bash and PowerShell; None where one has none."""
    for option, text in [*(("", word) for word in words), *((f" --{name}", value) for name, value in options.items())]:
        word = shell_word(text)
        if word is None:
            return None
        command += f"{option} {word}"
    return command
