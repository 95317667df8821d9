"""What a file is, by what it begins with, and the reader for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.phrases import quoted
from policylint.readers.encoding import first_bytes, to_utf8
from policylint.readers.format_list import name_and_value, without_color
from policylint.readers.rows import Document, Loss, Unreadable
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from policylint.readers.rows import SourceRow

    Reader = Callable[[Iterable[bytes], Document], Iterator[SourceRow]]

_HEAD = 1 << 16
"""How many bytes of a file decide what it is."""

_SIGNATURE = 16

_MOST_LINES = 40

_SIGNATURES = (
    (b"PK\x03\x04", "an Office document or a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "a document of rich text"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a media file"),
    (b"\x1f\x8b", "a file compressed by gzip"),
    (b"BZh", "a file compressed by bzip2"),
    (b"\xfd7zXZ\x00", "a file compressed by xz"),
    (b"7z\xbc\xaf'\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a file compressed by zstd"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7fELF", "a program"),
)
"""How files begin that are no text. Source: https://www.garykessler.net/library/file_sigs.html"""

_XML = regex(r"<(?:\?xml\s|!--|!doctype\s|[^\W\d][\w:.-]*[\s/>])", re.IGNORECASE)
_DOCUMENT_TYPE = regex(r"<!DOCTYPE\s+([\w:.-]+)")
_CLIXML_ROOT = "Objs"
_HTML = regex(r"<(?:!doctype\s+html|html|head|body|table|style)\b", re.IGNORECASE)
_JSON_LIST = regex(r'\[\s*(?:[\[\]{"0-9-]|(?:true|false|null)\b|$)')
_JSON_WORD = regex(r"(?:null|true|false)\s*")
_CONFIGURATION = regex(
    r"^[ \t]*(?:# Generated with Microsoft365DSC\b|Import-DscResource\b|(?:configuration|EXO\w+)[ \t]+\S+[ \t{\r]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_SCRIPT = regex(
    r"(?:<#|#requires\b|\[CmdletBinding|param\s*\(|function\s+[\w-]+|\$[\w:]+\s*=|@\{|#!.*pwsh"
    r"|(?:Get|Set|New|Remove|Add|Import|Connect|Write|Start)-[A-Z]\w+)",
    re.IGNORECASE,
)
_YAML = regex(r"---\s*$|%YAML\b|-\s+\S|[\"']?[\w .-]+[\"']?:(?:\s|$)")
_DASHES = regex(r"\s*-+(?: +-+)*\s*")
_GROUP = regex(r"-+")
_COMMENT = regex(r"\s*#(?![,;\t])")
_PROMPT = regex(r"(?:\[PS\]|PS) [A-Za-z]:\\")


def open_document(pieces: Iterable[bytes]) -> Document:
    """Return what a file is, which is given in pieces of any size, with its rows yet to be read.

    Raises Unreadable where it is none of the formats, empty, or no text from the start.
    """
    raw, pieces = first_bytes(pieces, _SIGNATURE)
    for signature, kind in _SIGNATURES:
        if raw.startswith(signature):
            raise _unknown(kind)
    document = Document("")
    head, pieces = first_bytes(to_utf8(pieces, document), _HEAD)
    document.format, reader = _format(head[:_HEAD].decode(errors="ignore"))
    document.rows = reader(pieces, document)
    return document


def _format(head: str) -> tuple[str, Reader]:
    """Return the format of what a text begins with, and its reader."""
    text = without_color(head).lstrip()
    if not text:
        if len(head) < _HEAD:
            raise Unreadable(Loss("empty-file", "it is empty" if not head else "it holds nothing but blanks", line=1))
        raise _unknown("a text that begins with 64 kB of blanks")
    if _is_json(text):
        from policylint.readers.json_rows import read_json

        return "json", read_json
    if _XML.match(text):
        return "clixml", _xml_reader(text)
    if _CONFIGURATION.search(text):
        from policylint.readers.m365dsc import read_m365dsc

        return "m365dsc", read_m365dsc
    lines = text.replace("\r", "").split("\n", _MOST_LINES)[:_MOST_LINES]
    if name_and_value(lines[0]):
        from policylint.readers.format_list import read_format_list

        return "format-list", read_format_list
    _refuse_table(lines, 1 + head.count("\n", 0, head.find(text[0])))
    from policylint.readers.csv_rows import looks_like_csv, read_csv

    kind = _kind_of_text(lines)
    if kind is None and looks_like_csv(lines):
        return "csv", read_csv
    raise _unknown(kind or "a text of none of the formats")


def _is_json(text: str) -> bool:
    """Return whether a text begins as JSON does, which a brace alone tells."""
    return text.startswith("{") or bool(_JSON_LIST.match(text)) or bool(_JSON_WORD.fullmatch(text))


def _xml_reader(text: str) -> Reader:
    """Return the reader of XML, which looks at the root itself."""
    from policylint.readers.clixml import read_clixml

    if _HTML.match(text):
        raise _unknown("HTML")
    named = _DOCUMENT_TYPE.search(text)
    if named is not None and named[1] != _CLIXML_ROOT and f"<{_CLIXML_ROOT}" not in text:
        raise _unknown(f"XML of another kind, {quoted(named[1])}")
    return read_clixml


def _kind_of_text(lines: Sequence[str]) -> str | None:
    """Return what a text looks like that is none of the formats, None where it may be one of them."""
    if lines[0].startswith("#< CLIXML"):
        return "what a PowerShell process says to another one, not a file of Export-Clixml"
    if lines[0].upper().startswith("#TYPE"):
        return None
    told = next((line for line in lines if line.strip() and not _COMMENT.match(line)), "")
    if not told or _SCRIPT.match(lines[0]) or _SCRIPT.match(told):
        return "a PowerShell script" if any(map(_SCRIPT.match, lines)) else "a text of comments"
    if _PROMPT.match(told):
        return "what was copied from a console"
    if told.startswith("["):
        return "a file of settings"
    if _YAML.match(told) and not lines[0].startswith('"'):
        return "YAML"
    return "a text" if _COMMENT.match(lines[0]) else None


def _refuse_table(lines: Sequence[str], first: int) -> None:
    """Raise Unreadable where lines are a table made for a screen: names, and a line of dashes below.

    `first` is the number of the first line.
    """
    for number, (names, dashes, row) in enumerate(zip(lines, lines[1:], [*lines[2:], ""], strict=False), first):
        if not _DASHES.fullmatch(dashes):
            continue
        columns = [names[found.start() : found.end()] for found in _GROUP.finditer(dashes)]
        is_one = len(names.strip()) == len(dashes.strip()) and bool(row.strip())
        if all(map(str.strip, columns)) and (len(columns) > 1 or is_one):
            message = f"it is a table made for a screen, with the columns {quoted(' '.join(names.split()))}"
            raise Unreadable(Loss("format-table", message, number))


def _unknown(kind: str) -> Unreadable:
    return Unreadable(Loss("unknown-format", f"it looks like {kind}"))
