"""The parser: what it refuses, with the exact place, and that no text makes it slow."""

from __future__ import annotations

import time

import pytest

from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, ScalarNode, SequenceNode, key_span
from policylint.syntax.parse import MAX_DEPTH, parse
from tests.worlds import scalars

REFUSED: list[tuple[str, str, list[str]]] = [
    ("key-twice", "a: 1\nb: 2\na: 3\n", ["3:1 key `a` is written twice"]),
    ("key-thrice", "a: 1\na: 2\na: 3\n", ["2:1 key `a` is written twice", "3:1 key `a` is written twice"]),
    ("key-twice-in-flow", "{a: 1, b: {c: 1, c: 2}}", ["1:18 key `c` is written twice"]),
    ("key-twice-quoted", "a: 1\n'a': 2\n", ["2:1 key `a` is written twice"]),
    ("key-twice-escaped", 'a: 1\n"\\x61": 2\n', ["2:1 key `a` is written twice"]),
    ("anchor-on-scalar", "a: &x 1\n", ["1:4 anchor `&x`"]),
    ("anchor-on-mapping", "a: &x\n  b: 1\n", ["1:4 anchor `&x`"]),
    ("anchor-on-list", "a: &x [1]\n", ["1:4 anchor `&x`"]),
    ("anchor-on-key", "&x a: 1\n", ["1:1 anchor `&x`"]),
    ("alias-as-value", "a: *x\n", ["1:4 alias `*x`"]),
    ("alias-in-list", "- *x\n- b\n", ["1:3 alias `*x`"]),
    ("alias-as-key", "*x : 1\n", ["1:1 alias `*x`"]),
    ("alias-as-root", "*x\n", ["1:1 alias `*x`"]),
    ("merge-key", "a:\n  <<: {b: 1}\n", ["2:3 merge key `<<`"]),
    ("merge-key-of-alias", "a: &x {b: 1}\nc:\n  <<: *x\n", ["1:4 anchor `&x`", "3:3 merge key `<<`", "3:7 alias `*x`"]),
    ("tag-short", "a: !!str 1\n", ["1:4 tag `!!str`"]),
    ("tag-local", "a: !env HOME\n", ["1:4 tag `!env`"]),
    ("tag-that-runs-code", "a: !!python/object/apply:os.system [ls]\n", ["1:4 tag `!!python/object/apply:os.system`"]),
    ("tag-not-specific", "a: ! 1\n", ["1:4 tag `!`"]),
    ("tag-on-key", "!!str a: 1\n", ["1:1 tag `!!str`"]),
    ("tag-and-anchor", "a: &x !!str 1\n", ["1:4 anchor `&x`", "1:4 tag `!!str`"]),
    ("two-documents", "a: 1\n---\nb: 2\n", ["2:1 a second document in one file"]),
    ("three-documents", "a: 1\n---\nb: 2\n---\nc: 3\n", [
        "2:1 a second document in one file", "4:1 a second document in one file"]),
    ("empty-then-document", "---\n---\na: 1\n", ["2:1 a second document in one file"]),
    ("list-as-key", "? [a, b]\n: c\n", ["1:3 a key that is a list or a mapping"]),
    ("mapping-as-key", "{{a: b}: c}\n", ["1:2 a key that is a list or a mapping"]),
    ("tab-indents", "a:\n  b: 1\n\tc: 2\n", [
        "3:1 not YAML: found a tab character that violates indentation while scanning a plain scalar"]),
    ("tab-starts-a-value", "a:\n\t- b\n", [
        "2:1 not YAML: found character that cannot start any token while scanning for the next token"]),
    ("bracket-left-open", "a: [1, 2\nb: 3\n", [
        "2:2 not YAML: did not find expected ',' or ']' while parsing a flow sequence"]),
    ("quote-left-open", 'a: "b\n', ["2:1 not YAML: found unexpected end of stream while scanning a quoted scalar"]),
    ("outdented", "a:\n    b: 1\n  c: 2\n", ["3:3 not YAML: did not find expected key while parsing a block mapping"]),
    ("colon-in-plain", "a: b: c\n", ["1:5 not YAML: mapping values are not allowed in this context"]),
    ("unknown-directive-version", "%YAML 3.0\n---\na: 1\n", ["1:1 not YAML: found incompatible YAML document"]),
    ("nul", "a: x\0y\n", ["1:5 control character U+0000 in the text"]),
    ("escape-character", "a: \x1b[31m\n", ["1:4 control character U+001B in the text"]),
    ("c1-control", "a: 1\nb: \x9b\n", ["2:4 control character U+009B in the text"]),
    ("next-line", "a: x\x85y\n", ["1:5 control character U+0085 in the text"]),
    ("line-separator", "a: x\u2028y\n", ["1:5 control character U+2028 in the text"]),
    ("right-to-left-override", "a: x\u202ey\n", ["1:5 bidirectional control character U+202E in the text"]),
    ("isolate-in-comment", "# \u2066x\u2069\n", [
        "1:3 bidirectional control character U+2066 in the text",
        "1:5 bidirectional control character U+2069 in the text"]),
    ("arabic-letter-mark", "a: x\u061cy\n", ["1:5 bidirectional control character U+061C in the text"]),
    ("byte-order-mark", "\ufeffa: 1\n", ["1:1 byte order mark U+FEFF in the text"]),
    ("byte-order-mark-within", "a: 1\n\ufeffb: 2\n", ["2:1 byte order mark U+FEFF in the text"]),
    ("non-character", "a: \uffff\n", ["1:4 control character U+FFFF in the text"]),
    ("lone-surrogate", "a: \ud800\n", ["1:4 control character U+D800 in the text"]),
    ("escaped-nul", 'a: "x\\0y"\n', ["1:4 control character U+0000 in a value"]),
    ("escaped-override", 'a: "x\\u202ey"\n', ["1:4 bidirectional control character U+202E in a value"]),
    ("escaped-next-line", 'a: "x\\Ny"\n', ["1:4 control character U+0085 in a value"]),
    ("escaped-in-key", '"\\0": 1\n', ["1:1 control character U+0000 in a value"]),
]  # fmt: skip


def problems(text: str) -> list[str]:
    """Return each diagnostic of a text as `line:column message`."""
    source = Source("a.yaml", text)
    return [str(diagnostic.span).removeprefix("a.yaml:") + f" {diagnostic.message}" for diagnostic in parse(source)[1]]


def node_of(text: str) -> MappingNode:
    """Return the root mapping of a text that has nothing wrong with it."""
    node, found = parse(Source("a.yaml", text))
    assert found == ()
    assert isinstance(node, MappingNode)
    return node


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_a_policy_file_may_not_hold(text: str, expected: list[str]) -> None:
    assert expected == problems(text)


@pytest.mark.parametrize("text", [case[1] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_every_diagnostic_has_a_remedy_and_a_span_inside_the_text(text: str) -> None:
    for diagnostic in parse(Source("a.yaml", text))[1]:
        assert diagnostic.help
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert "\n" not in diagnostic.message


ACCEPTED: list[tuple[str, str, str]] = [
    ("crlf", "a: 1\r\nb:\r\n  - x\r\n  - y\r\n",
     "MappingNode({'a': ScalarNode('1'), 'b': SequenceNode([ScalarNode('x'), ScalarNode('y')])})"),
    ("cr-alone", "a: 1\rb: 2\r", "MappingNode({'a': ScalarNode('1'), 'b': ScalarNode('2')})"),
    ("no-line-end", "a: 1", "MappingNode({'a': ScalarNode('1')})"),
    ("document-marks", "---\na: 1\n...\n", "MappingNode({'a': ScalarNode('1')})"),
    ("directive", "%YAML 1.2\n---\na: 1\n", "MappingNode({'a': ScalarNode('1')})"),
    ("tab-before-comment", "a: 1\t# x\n", "MappingNode({'a': ScalarNode('1')})"),
    ("tab-in-quotes", 'a: "x\ty"\n', "MappingNode({'a': ScalarNode('x\\ty')})"),
    ("keys-differ-in-case", "a: 1\nA: 2\n", "MappingNode({'a': ScalarNode('1'), 'A': ScalarNode('2')})"),
    ("same-key-in-two-mappings", "- {a: 1}\n- {a: 2}\n",
     "SequenceNode([MappingNode({'a': ScalarNode('1')}), MappingNode({'a': ScalarNode('2')})])"),
    ("nothing-after-the-colon", "a:\nb:\n", "MappingNode({'a': ScalarNode(''), 'b': ScalarNode('')})"),
    ("ampersand-and-star-in-text", "a: b & c * d\n", "MappingNode({'a': ScalarNode('b & c * d')})"),
    ("quoted-star", "a: '*x'\n", "MappingNode({'a': ScalarNode('*x')})"),
    ("quoted-merge", "'<<': 1\n", "MappingNode({'<<': ScalarNode('1')})"),
    ("folded", "a: >\n  x\n  y\n", "MappingNode({'a': ScalarNode('x y\\n')})"),
    ("literal", "a: |-\n  x\n   y\n", "MappingNode({'a': ScalarNode('x\\n y')})"),
    ("plain-over-lines", "a: x\n  y\n", "MappingNode({'a': ScalarNode('x y')})"),
    ("emoji", "a: \U0001f4f1 x\n", "MappingNode({'a': ScalarNode('\U0001f4f1 x')})"),
    ("zero-width-joiner", "a: \U0001f469\u200d\U0001f4bb\n",
     "MappingNode({'a': ScalarNode('\U0001f469\\u200d\U0001f4bb')})"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_nodes_keep_the_text_as_written(text: str, expected: str) -> None:
    node, found = parse(Source("a.yaml", text))
    assert ((), expected) == (found, repr(node))


@pytest.mark.parametrize("text", ["", "\n", " ", "# nothing\n", "\r\n# nothing\r\n", "%YAML 1.2\n---\n"[:0]])
def test_a_file_without_content_has_no_node_and_no_problem(text: str) -> None:
    assert (None, ()) == parse(Source("a.yaml", text))


WORDS = [
    "NO", "no", "off", "on", "yes", "y", "true", "True", "null", "Null", "~", "010", "0o10", "0x1F", "1E5", "1_000",
    "16.10", "1.0", ".5", "+1", "-0", ".inf", ".nan", "12:30:45", "1:30", "2026-11-23", "2026-11-23T08:00:00Z", "=",
    "00:15:00", "iOS 17.4 21E219", "Apple-iPhone14C2/2105.219", "10B145", "SAMSUNG SM-G973F", "0123",
]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_a_scalar_stays_the_text_that_was_written(word: str) -> None:
    plain, quoted = (node_of(f"a: {text}\n").values["a"] for text in (word, f"'{word}'"))
    assert isinstance(plain, ScalarNode)
    assert isinstance(quoted, ScalarNode)
    assert (word, True) == (plain.text, plain.plain)
    assert (word, False) == (quoted.text, quoted.plain)


def test_a_duplicate_keeps_the_first_value_and_shows_both_places() -> None:
    source = Source("a.yaml", "a: 1\na: 2\n")
    node, found = parse(source)
    assert isinstance(node, MappingNode)
    assert "1" == getattr(node.values["a"], "text", None)
    assert [("a.yaml:1:1", "first written here")] == [(str(label.span), label.message) for label in found[0].related]


SPANS: list[tuple[str, str, str]] = [
    ("plain", "a: one two # c\n", "one two"),
    ("quoted", "a: 'it''s'   \n", "'it''s'"),
    ("flow-list", "a: [1,\n    2]\nb: 3\n", "[1,\n    2]"),
    ("block-list", "a:\n  - 1\n  - 2\n\n# c\nb: 3\n", "- 1\n  - 2"),
    ("block-list-not-indented", "a:\n- 1\n- 2\nb: 3\n", "- 1\n- 2"),
    ("block-mapping", "a:\n  b: 1\n  c: 2\n\nd: 3\n", "b: 1\n  c: 2"),
    ("block-mapping-with-empty-end", "a:\n  b: 1\n  c:\nd: 3\n", "b: 1\n  c:"),
    ("nested", "a:\n  - b: 1\n    c:\n      - 2\n\n\nd: 3\n", "- b: 1\n    c:\n      - 2"),
    ("empty", "a:\nb: 1\n", ""),
    ("after-emoji", "\U0001f4f1: x\na: y\n", "y"),
    ("after-crlf", "x: 1\r\na: y\r\n", "y"),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in SPANS], ids=[case[0] for case in SPANS])
def test_a_span_is_the_text_of_the_value(text: str, expected: str) -> None:
    node = node_of(text).values["a"]
    assert expected == text[node.start : node.end]


def test_columns_count_code_points() -> None:
    text = "\U0001f4f1\u00e9: {\u5b57: \U0001f4f1, b: c}\n"
    source = Source("a.yaml", text)
    inner = next(iter(node_of(text).values.values()))
    assert isinstance(inner, MappingNode)
    assert "a.yaml:1:5" == str(Span(source, inner.start, inner.end))
    assert "a.yaml:1:12" == str(key_span(source, inner, "b"))
    assert "a.yaml:1:15" == str(Span(source, inner.values["b"].start, inner.values["b"].end))


def test_key_span_falls_back_to_the_mapping() -> None:
    text = "a: 1\n"
    assert "a.yaml:1:1" == str(key_span(Source("a.yaml", text), node_of(text), "b"))


def test_scalars_come_in_the_order_written() -> None:
    node = node_of("a: 1\nb: [2, {c: 3}, [4]]\nd: {e: 5}\n")
    assert ["1", "2", "3", "4", "5"] == [scalar.text for scalar in scalars(node)]


def test_the_deepest_nesting_is_accepted_and_one_more_is_not() -> None:
    assert [] == problems("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    deeper = problems("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert [f"1:{MAX_DEPTH + 1} nested more than {MAX_DEPTH} levels deep"] == deeper


HOSTILE: list[tuple[str, str]] = [
    ("lists", "[" * 100_000),
    ("mappings", '{"a":' * 100_000),
    ("block-lists", "- " * 100_000),
    ("lists-in-a-key", "{" + "[" * 100_000),
    ("keys-in-keys", "{? " * 100_000),
    ("block-keys-in-keys", "? " * 100_000),
    ("laughs", "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 200))),
    ("items", "- a\n" * 100_000),
    ("long-scalar", "a: " + "x" * 10_000_000),
    ("long-quoted-scalar", 'a: "' + "x\\u0041" * 100_000 + '"'),
    ("long-folded-scalar", "a: >\n" + "  x\n" * 100_000),
    ("spaces", "a:" + " " * 1_000_000 + "b"),
    ("comments", "# x\n" * 100_000),
    ("keys", "".join(f"k{n}: v\n" for n in range(50_000))),
    ("anchors", "- &a b\n" * 50_000),
    ("same-keys", "k: v\n" * 50_000),
    ("nuls", "\0" * 500_000),
    ("many-documents", "---\n" * 50_000),
]


@pytest.mark.parametrize("text", [case[1] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_no_text_makes_the_parser_hang(text: str) -> None:
    began = time.process_time()
    parse(Source("a.yaml", text))
    assert time.process_time() - began < 5


def test_invisible_characters_are_reported_up_to_a_limit() -> None:
    assert len(problems("\0" * 10_000)) <= 100


def test_a_million_items_are_read() -> None:
    node, found = parse(Source("a.yaml", "- a\n" * 1_000_000))
    assert () == found
    assert isinstance(node, SequenceNode)
    assert 1_000_000 == len(node.items)
