"""Law 9: the canonical form says the same with the same comments and line ends, and is its own canonical form."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from itertools import takewhile
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policylint.edit.format import formatted
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import CONFIG, POLICY
from policylint.source import Source
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse
from tests.examples import examples
from tests.strategies import Leaf, Tree, trees
from tests.worlds import STORE

LITERAL = re.compile(r"\n*[^\r\n][^\r]*")
"""What can be written in block style."""

LINE_END = re.compile(r"\r\n|\r|\n")

WORDS = re.compile(r"remark [0-9]+|ignore\[rule-[0-9]+\] because")


class _Writer:
    """Writes a tree in one of many styles, with comments wherever they may stand."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.lines: list[str] = []
        self.number = 0
        self.room = 99  # where a comment may stand without being a line of the text in block style above it

    def chance(self, of: int) -> bool:
        return self.dice.randrange(of) == 0

    def comment(self, *, ignores: bool = True) -> str:
        self.number += 1
        if ignores and self.chance(4):
            return f"# policylint: ignore[rule-{self.number}] because"
        return f"#{'' if self.chance(3) else ' '}remark {self.number}"

    def tail(self, *, ignores: bool = True) -> str:
        return f" {self.comment(ignores=ignores)}" if self.chance(6) else ""

    def above(self, indent: int, *, ignores: bool = True) -> None:
        while self.chance(5):
            margin = " " * min(indent + self.dice.randint(0, 3), self.room)
            self.lines.append("" if self.chance(2) else margin + self.comment(ignores=ignores))

    def ignoring(self) -> bool:
        """Return whether a comment above speaks of the line that comes next."""
        above = takewhile(lambda line: line.lstrip(" -")[:1] in ("", "#"), reversed(self.lines))
        return any("ignore" in line for line in above)

    def scalar(self, leaf: Leaf) -> str:
        if leaf.plain:
            return leaf.text
        if self.chance(3) and leaf.text.isprintable():
            return "'" + leaf.text.replace("'", "''") + "'"
        return json.dumps(leaf.text, ensure_ascii=False)

    def literal(self, lead: str, text: str, indent: int) -> None:
        """Add a text in block style, as the lines it is made of or to be folded."""
        step = self.dice.randint(1, 4)
        digit = str(step) if self.chance(2) or text.lstrip("\n")[0] in " \t" else ""
        ends = len(text) - len(text.rstrip("\n"))
        chomp = "-" if not ends else "+" if ends > 1 or self.chance(2) else ""
        self.lines.append(f"{lead} {self.dice.choice('|>')}{digit}{chomp}{self.tail()}")
        margin = " " * (indent + step)
        self.lines.extend(f"{margin}{line}" if line else "" for line in text.rstrip("\n").split("\n"))
        self.lines.extend([""] * (ends - 1))
        self.room = indent + step - 1

    def flow(self, tree: Tree) -> str:
        if isinstance(tree, Leaf):
            return self.scalar(tree)
        if isinstance(tree, list):
            return "[" + ", ".join(map(self.flow, tree)) + "]"
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {self.flow(value)}" for key, value in tree.items())
            + "}"
        )

    def broken(self, tree: Tree, indent: int) -> str:
        """Return a list in brackets over several lines, with comments between them."""
        assert isinstance(tree, list)
        margin = " " * (indent + 2)
        items = "".join(f"\n{margin}{self.flow(item)},{self.tail(ignores=False)}" for item in tree)
        return f"[{self.tail(ignores=False)}{items}\n{margin}]"

    def value(self, lead: str, tree: Tree, indent: int) -> None:
        """Add the lines of a value behind its key or dash."""
        self.room = 99
        if isinstance(tree, list) and tree and self.chance(4):
            self.lines.extend(f"{lead} {self.broken(tree, indent)}{self.tail(ignores=False)}".split("\n"))
        elif isinstance(tree, Leaf) and not tree.plain and LITERAL.fullmatch(tree.text) and self.chance(2):
            self.literal(lead, tree.text, indent)
        elif not tree and self.chance(2):
            self.lines.append(f"{lead} {'{' if isinstance(tree, dict) else '['}{self.tail(ignores=False)}")
            self.above(indent + 1, ignores=False)
            self.lines.append(f"{' ' * (indent + 1)}{'}' if isinstance(tree, dict) else ']'}{self.tail(ignores=False)}")
        elif isinstance(tree, Leaf) and self.chance(8) and not self.ignoring():
            self.lines.append(f"{lead}{self.tail(ignores=False)}")
            self.above(indent + 1, ignores=False)
            self.lines.append(f"{' ' * (indent + 1)}{self.flow(tree)}{self.tail(ignores=False)}")
        elif isinstance(tree, Leaf) or not tree or self.chance(3):
            self.lines.append(f"{lead} {self.flow(tree)}{self.tail()}")
        else:
            self.lines.append(f"{lead}{self.tail()}")
            under_key = isinstance(tree, list) and lead.strip() != "-"
            self.block(tree, indent + self.dice.randint(0 if under_key else 1, 4))

    def block(self, tree: Tree, indent: int) -> None:
        margin = " " * indent
        if isinstance(tree, dict):
            for key, value in tree.items():
                self.above(indent)
                name = json.dumps(key, ensure_ascii=False)
                if self.chance(12) and not self.ignoring():
                    self.lines.append(f"{margin}? {name}{self.tail(ignores=False)}")
                    self.lines.append(f"{margin}: {self.flow(value)}{self.tail(ignores=False)}")
                else:
                    self.value(f"{margin}{name}:", value, indent)
        elif isinstance(tree, list):
            for item in tree:
                self.above(indent)
                self.value(f"{margin}-", item, indent)


@st.composite
def texts(draw: st.DrawFn, identifier: str) -> str:
    tree, _ = draw(trees(identifier, wrong=False))
    assume(tree)
    writer = _Writer(random.Random(draw(st.integers(0, 1 << 32))))
    writer.above(0)
    writer.block(tree, 0)
    writer.above(0)
    text = "\n".join(writer.lines) + ("" if writer.chance(3) else "\n")
    ends = writer.dice.choice([["\n"], ["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]])
    return re.sub("\n", lambda _: writer.dice.choice(ends), text)


def read(text: str, identifier: str) -> Any:
    source = Source("a.yaml", text)
    root, problems = parse(source)
    assert isinstance(root, MappingNode), text
    assert not problems, (problems, text)
    value, valid = CompiledSchema(STORE, identifier).read(root)
    assert valid
    return value


def holds(text: str, identifier: str) -> None:
    before = read(text, identifier)
    canonical, problems = formatted(Source("a.yaml", text), STORE, identifier)
    assert () == problems, text
    assert canonical is not None
    assert before == read(canonical, identifier)
    assert set(LINE_END.findall(canonical)) == set(LINE_END.findall(text)[:1] or ["\n"]), text
    assert Counter(WORDS.findall(text)) == Counter(WORDS.findall(canonical))
    assert (canonical, ()) == formatted(Source("a.yaml", canonical), STORE, identifier), text


@settings(max_examples=examples(120))
@given(texts(POLICY))
def test_of_a_policy(text: str) -> None:
    holds(text, POLICY)


@given(texts(CONFIG))
def test_of_a_configuration(text: str) -> None:
    holds(text, CONFIG)
