"""One escaping for each place that a text from outside can reach."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from policylint.escape import (
    azure_data,
    azure_property,
    clean,
    clean_lines,
    csv_cell,
    guarded,
    json_pieces,
    markdown_code,
    markdown_span,
    to_html,
    to_json,
    to_markdown,
    to_xml,
    workflow_data,
    workflow_property,
)

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
STEERING = "\n\r\t\x00\x1b[m:#;=+-@'\"<&%,\u202e\u2028\x85\x9b\ud800\uff1d\u200bvso a"
TEXTS = st.one_of(st.text(), st.text(st.sampled_from(STEERING)), st.text(st.characters(exclude_categories=())))


def unseen(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in UNSEEN}


CLEAN = (
    ("iPhone", "iPhone"),
    ("J\u00f6rn \u05d0 \U0001f4f1", "J\u00f6rn \u05d0 \U0001f4f1"),
    ("a\nb\rc\td", "a\\u000ab\\u000dc\\u0009d"),
    ("\x1b[31m\x9b\x7f", "\\u001b[31m\\u009b\\u007f"),
    ("\u202e\u2066\u200e\u061c", "\\u202e\\u2066\\u200e\\u061c"),
    ("\u200b\ufeff\u3164\u2800", "\\u200b\\ufeff\\u3164\\u2800"),
    ("\u2028\x85", "\\u2028\\u0085"),
    ("\ud800\udcff", "\\ud800\\udcff"),
    ("\U000e0041", "\\U000e0041"),
)


@pytest.mark.parametrize(("text", "expected"), CLEAN)
def test_what_nobody_sees_is_shown_as_its_code(text: str, expected: str) -> None:
    assert expected == clean(text)


def test_lines_stay_lines() -> None:
    assert "a\n    b\n\\u000dc\n" == clean_lines("a\r\n\tb\n\rc\n")


GUARDED = (
    ("a\n::error::b", "a\n\\u003a:error::b"),
    ("  ::stop-commands::x", "  \\u003a:stop-commands::x"),
    ("a ::b", "a ::b"),
    ("a ##[error]b", "a \\u0023#[error]b"),
    ("###[x] ##vso[y] ##teamcity[z]", "#\\u0023#[x] \\u0023#vso[y] \\u0023#teamcity[z]"),
    ("# [a] ## b ##-[", "# [a] ## b ##-["),
    ("a\r\nb\rc", "a\r\nb\\u000dc"),
    ("\x1b[1ma\x1b[0m", "\\u001b[1ma\\u001b[0m"),
)


@pytest.mark.parametrize(("text", "expected"), GUARDED)
def test_the_last_guard(text: str, expected: str) -> None:
    assert expected == guarded(text)


def test_colors_of_ours_stay_and_hide_no_command() -> None:
    assert "\x1b[1;31ma\x1b[0m" == guarded("\x1b[1;31ma\x1b[0m", color=True)
    assert " \x1b[1m\\u003a:error::x" == guarded(" \x1b[1m::error::x", color=True)
    assert "\\u001b[5mx\\u001b]8;;\\u0007" == guarded("\x1b[5mx\x1b]8;;\x07", color=True)


def test_commands_of_ours_stay() -> None:
    assert "::error file=a::b\n" == guarded("::error file=a::b\n", commands="github")
    assert "::error file=a::\\u0023#[b]\n" == guarded("::error file=a::##[b]\n", commands="github")
    issue = "##vso[task.logissue type=error;code=a]b\n"
    assert issue == guarded(issue, commands="azure")
    assert issue.replace("##", "\\u0023#") == guarded(issue, commands="github")


@pytest.mark.parametrize("commands", ["github", "azure"])
@pytest.mark.parametrize(
    "line",
    [
        "::stop-commands::x",
        "::add-mask::x",
        " ::error file=a::b",
        "::error file=a",
        "##[error]x",
        "##vso[task.complete result=Succeeded;]",
        "##vso[task.setvariable variable=a]b",
        "a ##vso[task.logissue type=error;]b",
        "##vso[task.logissue type=error;]a ##vso[task.logissue type=error;]b",
    ],
)
def test_commands_that_are_not_ours_do_not_stay(line: str, commands: str) -> None:
    assert line != guarded(line, commands=commands)


@given(TEXTS)
def test_nothing_guarded_steers(text: str) -> None:
    shown = guarded(text)
    assert not unseen(shown.replace("\r\n", "\n")) - {"\n"}
    assert not re.search(r"##[A-Za-z]*\[", shown)
    assert not any(line.strip().startswith("::") for line in shown.splitlines())
    assert shown == guarded(shown)
    assert shown.count("\n") == text.count("\n")


@given(TEXTS)
def test_what_is_clean_is_one_line(text: str) -> None:
    assert not unseen(clean(text))
    assert clean(text) == clean(clean(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS, lambda x: st.lists(x) | st.dictionaries(TEXTS, x)
)


@given(JSON)
def test_json_is_ascii_and_says_the_same(value: Any) -> None:
    text = to_json(value)
    assert text.isascii()
    assert value == json.loads(text)
    assert text == guarded(text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.values: list[str | None] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.values += [tag, *(value for _name, value in attrs)]


@given(TEXTS)
def test_html_shows_the_text(text: str) -> None:
    page = f'<p title="{to_html(text)}">{to_html(text)}</p>'
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert page.isascii()
    assert page == guarded(page)
    assert ["p", clean(text)] == reader.values
    assert clean(text) == "".join(reader.texts)


MARKDOWN = (
    ("iPhone", "iPhone"),
    ("a: b, 06:00:00 (c)", "a: b, 06:00:00 (c)"),
    ("**a** _b_ `c` ~d", "&#42;&#42;a&#42;&#42; &#95;b&#95; &#96;c&#96; &#126;&#8203;d"),
    ("@contoso/team", "&#64;&#8203;contoso/team"),
    ("#12 !34 GH-5", "&#35;&#8203;12 &#33;&#8203;34 GH&#8203;-5"),
    ("https://contoso.com www.contoso.com", "https&#58;&#8203;//contoso.com www&#8203;.contoso.com"),
    (":bug: 2 %", "&#58;&#8203;bug: 2 %"),
    ("1. a", "&#49;&#46; a"),
    ("- a", "&#45; a"),
    ("> a -> b+", "&#62; a -> b+"),
    ("<b>|&amp;", "&#60;b>&#124;&#38;&#8203;amp;"),
)


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown_does_nothing_with_a_text(text: str, expected: str) -> None:
    assert expected == to_markdown(text)


@given(TEXTS)
def test_markdown_shows_the_text(text: str) -> None:
    """In a sentence, in an item of a list and in a cell; as code, and what the text is in a sentence stays text."""
    sentence, code = to_markdown(text), markdown_code(text)
    assert (sentence + code).isascii()
    page = f"- {sentence}\n\n| a | b |\n|---|---|\n| {sentence} | {code} |\n"
    assert page == guarded(page)
    shown = _Reader()
    shown.feed(MarkdownIt("commonmark").enable("table").render(page))
    shown.close()
    tags = ["ul", "li", "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td", *(["code"] if text else [])]
    assert tags == shown.values
    words = " ".join("".join(shown.texts).replace("\u200b", "").split())
    assert " ".join(f"{clean(text)} a b {clean(text)} {clean(text)}".split()) == words
    called = r"[@#][^\s.,;)]|https?:/|\bwww\.|:[a-z]+:"
    assert not any(re.search(called, each) for each in shown.texts[:1])


CELLS = (
    ("iPhone", "iPhone"),
    ("=cmd", "'=cmd"),
    ("\n=cmd", "'\\u000a=cmd"),
    (" \t\"'+1", "' \\u0009\"'+1"),
    ("\uff1d1", "'\uff1d1"),
    ("-", "'-"),
    ("@a", "'@a"),
    ("::error::a", "'::error::a"),
    ("a;=1; -2", "a;'=1; '-2"),
    ("a-b, c=d", "a-b, c=d"),
)


@pytest.mark.parametrize(("text", "expected"), CELLS)
def test_no_cell_is_a_formula(text: str, expected: str) -> None:
    assert expected == csv_cell(text)


@given(st.lists(TEXTS, min_size=1))
def test_a_row_is_a_line_and_no_formula_for_either_separator(texts: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([csv_cell(text) for text in texts])
    line = file.getvalue()
    assert line == guarded(line) or "##" in line
    assert 1 == line.count("\n")
    (row,) = csv.reader(io.StringIO(line))
    assert len(texts) == len(row)
    for cell in row:
        for part in cell.split(";"):
            assert not part.strip(" ").startswith(("=", "+", "-", "@", "\uff1d"))


def test_logging_commands() -> None:
    assert "100 %AZP25%0Ahelp: a\\u000ab%5D%3B" == azure_data("100 %", "help: a\nb];")


@given(TEXTS)
def test_a_logging_command_is_one_line(text: str) -> None:
    command = f"##vso[task.logissue type=error;sourcepath={azure_property(text)};code=x]{azure_data(text, text)}"
    assert not unseen(command)
    assert re.fullmatch(r"##vso\[task\.logissue type=error;sourcepath=[^;\]]*;code=x\][^;\]]*", command)
    assert guarded(command, commands="azure").startswith(command[:40])


@given(TEXTS)
def test_xml_holds_every_text(text: str) -> None:
    made = f'<?xml version="1.0"?><a b="{to_xml(text)}">{to_xml(text)}</a>'
    read = ElementTree.fromstring(made)
    assert made.isascii()
    assert (clean(text), clean(text)) == (read.get("b"), read.text or "")


def test_workflow_commands() -> None:
    assert "100 %25%0Ahelp: a\\u000ab" == workflow_data("100 %", "help: a\nb")
    assert "a%3A%3Ab%2Cc%25\\u000d" == workflow_property("a::b,c%\r")


@given(TEXTS)
def test_a_workflow_command_is_one_line(text: str) -> None:
    command = f"::error file={workflow_property(text)},line=1::{workflow_data(text, text)}"
    assert not unseen(command)
    assert 1 == guarded(command, commands="github").count("::error file=")
    assert re.fullmatch(r"::error file=[^:,]*,line=1::.*", command)


@given(st.text(st.sampled_from("`a <&\\*\n[]")))
def test_a_code_span_shows_its_text_and_nothing_else(text: str) -> None:
    (block,) = [each for each in MarkdownIt().parse(f"x {markdown_span(text)} y") if each.type == "inline"]
    spans = [each.content for each in block.children or () if each.type == "code_inline"]
    assert ([clean(text)] if clean(text).strip() else spans) == spans


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=3), st.lists(JSON, max_size=3), st.integers(1, 3))
def test_pieces_of_json_make_the_whole(members: dict[str, Any], items: list[Any], indent: int) -> None:
    whole = {**members, "items": items, "last": "##[error]"}
    assert to_json(whole, indent=indent) == "".join(json_pieces({**whole, "items": iter(items)}, indent=indent))
