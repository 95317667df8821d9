"""What people read is in plain words: none of those in words.yaml, and no word twice in a row."""

from __future__ import annotations

import re

import yaml

from tests.docs.prose import passages
from tools import ROOT

WORDS = yaml.safe_load((ROOT / "tests" / "docs" / "words.yaml").read_text(encoding="utf-8"))
PLAIN = re.compile("|".join(rf"(?P<w{number}>\b(?:{word['not']})\b)" for number, word in enumerate(WORDS)), re.I)
TWICE = re.compile(r"\b([a-z]{2,}) \1\b")


def test_texts_are_in_plain_words() -> None:
    found = []
    for passage in passages():
        for match in PLAIN.finditer(passage.text):
            word = WORDS[int((match.lastgroup or "w0")[1:])]
            found.append(f"{passage.path}:{passage.line}: `{match[0]}`: {word['say']} ({passage.text.strip()[:110]})")
        if passage.path.endswith(".md"):
            found += [f"{passage.path}:{passage.line}: `{match[0]}`" for match in TWICE.finditer(passage.text)]
    assert found == [], "\n".join(found)
