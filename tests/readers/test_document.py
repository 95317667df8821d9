"""What a file is, is decided by what it begins with, and said by name where it is none of the formats."""

from __future__ import annotations

import zlib
from itertools import chain, repeat

import pytest

from policylint.readers.document import open_document
from policylint.readers.rows import Unreadable
from policylint.readers.sealed import is_sealed
from tests.readers.reading import read
from tests.readers.render_rows import encoded, render_clixml, render_csv, render_format_list, render_m365dsc

ROWS = [{"Name": "Default", "IsDefault": True}]
FORMATS = [
    ("csv", render_csv(ROWS)),
    ("csv", render_csv(ROWS, separator=";", quote_all=False)),
    ("csv", render_csv(ROWS, type_line="Selected.Contoso")),
    ("csv", '"DeviceId"\n"A"\n'),
    ("csv", "DeviceId\nA\n"),
    ("csv", "\n\nEmail Address,Sync Age (Days)\na@contoso.com,3\n"),
    ("csv", "sep=;\nName;Id\na;b\n"),
    ("csv", "Name, Id\na, b\n"),
    ("csv", "#;Name;Managed?\n1;a;True\n"),
    ("csv", "Gerätename;Größe\na;b\n"),
    ("format-list", render_format_list(ROWS)),
    ("format-list", "Name : Default"),
    ("format-list", "UserMailInsert :\n"),
    ("format-list", "\x1b[32;1mName : \x1b[0mDefault\n"),
    ("clixml", render_clixml(ROWS)),
    ("clixml", f'<?xml version="1.0" encoding="utf-16"?>\n{render_clixml(ROWS)}'),
    ("m365dsc", render_m365dsc(ROWS, "EXOMobileDeviceMailboxPolicy")),
    ("m365dsc", 'Node localhost {\n  EXOCASMailboxSettings "a"\n  {\n    Identity = "a"\n  }\n}\n'),
]


@pytest.mark.parametrize(("expected", "text"), FORMATS)
def test_content_says_what_a_file_is(expected: str, text: str) -> None:
    assert expected == open_document([text.encode()]).format
    assert expected == open_document([encoded(text, "utf-16-be")]).format


UNKNOWN = [
    ("office", b"PK\x03\x04\x14\0", "Office"),
    ("old-office", b"\xd0\xcf\x11\xe0\xa1\xb1", "Office"),
    ("pdf", b"%PDF-1.7\n", "PDF"),
    ("gzip", b"\x1f\x8b\x08\0", "gzip"),
    ("png", b"\x89PNG\r\n\x1a\n", "image"),
    ("jpeg", b"\xff\xd8\xff\xe0", "image"),
    ("html", b"\r\n<!DOCTYPE html>\n<html></html>", "HTML"),
    ("html-fragment", b"<html><body></body></html>", "HTML"),
    ("xml", b'<?xml version="1.0"?><plist><dict/></plist>', "`plist`"),
    ("other-document-type", b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "x" "y">\n<plist></plist>', "`plist`"),
    ("no-xml", b"<<<<<<< HEAD\na\n", "text"),
    ("yaml", b"# policy\norganization:\n  DefaultAccessLevel: Allow\n", "YAML"),
    ("yaml-document", b"---\na: 1\n---\nb: 2\n", "YAML"),
    ("yaml-list", b"- Name: Default\n", "YAML"),
    ("script", b"# export\n$rules = Get-ActiveSyncDeviceAccessRule\n", "PowerShell script"),
    ("script-of-parameters", b"[CmdletBinding()]\nparam()\n", "PowerShell script"),
    ("script-with-help", b"<#\n.SYNOPSIS\n#>\n", "PowerShell script"),
    ("command", b"Get-CASMailbox -ResultSize Unlimited | Export-Csv a.csv\n", "PowerShell script"),
    ("console", b"[PS] C:\\>Get-CASMailbox\n", "console"),
    ("settings", b"[core]\nname = a\n", "settings"),
    ("process", b"#< CLIXML\r\n<Objs></Objs>", "process"),
    ("words", b"Exported by Kim on the second of April.\n", "text"),
    ("prose", b"Hello, Kim\n\nthis is the export\n", "text"),
    ("letter", b"Dear all, these are the files of last week as you asked\nbye\n", "text"),
    ("comments", b"# nothing here\n", "text"),
    ("markdown", b"Export\n======\n\nBy Kim.\n", "text"),
    ("markdown-rule", b"# Export\n\nBy Kim, in April.\n", "text"),
    ("blanks", b" " * (1 << 17), "blanks"),
]


@pytest.mark.parametrize(("content", "words"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN])
def test_what_is_none_of_the_formats_is_named(content: bytes, words: str) -> None:
    found = read(content)
    assert found.codes == ["unknown-format"]
    assert words in found.losses[0].message
    assert found.rows == []


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\r\n\t", encoded("\r\n", "utf-16-le")], ids=repr
)
def test_a_file_that_holds_nothing_is_empty(content: bytes) -> None:
    assert read(content).codes == ["empty-file"]


TABLES = [
    ("columns", "\r\nName    IsDefault\r\n----    ---------\r\nDefault True\r\n", 2),
    ("one-column", "DeviceId\n--------\nA\n", 1),
    ("right-aligned", "Name Count\n---- -----\na        1\n", 1),
    ("groups", "\n\n   Type: iPhone\n\nName Id\n---- --\na    b\n", 5),
    ("wide", "DeviceId                   DeviceType\n--------                   ----------\n", 1),
    ("colored", "\x1b[32;1mName Id\x1b[0m\n\x1b[32;1m---- --\x1b[0m\na    b\n", 1),
]


@pytest.mark.parametrize(("text", "line"), [case[1:] for case in TABLES], ids=[case[0] for case in TABLES])
def test_a_table_for_the_screen_is_refused_with_its_columns(text: str, line: int) -> None:
    found = read(text)
    assert [(loss.code, loss.line) for loss in found.losses] == [("format-table", line)]
    assert "columns `" in found.losses[0].message


@pytest.mark.parametrize("text", ["Export\n------\n\nBy Kim.\n", "a: 1\n---\nb: 2\n", "Name\n--\n\n"])
def test_a_line_of_dashes_alone_makes_no_table(text: str) -> None:
    assert read(text).codes == ["unknown-format"]


def test_the_first_bytes_decide() -> None:
    noise = zlib.compress(bytes(range(256)))
    taken = iter(chain((render_csv(ROWS).encode(), b"a,b\r\n" * (1 << 14)), repeat(noise)))
    assert open_document(taken).format == "csv"


def test_a_sealed_snapshot_is_told_by_its_first_bytes() -> None:
    assert is_sealed(b'{"header": {"format": "policylint-snapshot/1"')
    assert not is_sealed(b'[{"header": 1}]')


def test_a_file_that_is_no_text_is_refused_before_its_rows_are_asked_for() -> None:
    with pytest.raises(Unreadable, match="not UTF-8"):
        open_document([b"Name\r\n\xe9\r\n"])
