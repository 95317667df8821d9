"""Characters that cannot be seen, or that only look like those that devices report.

Source: Unicode Technical Standard 39, https://www.unicode.org/reports/tr39/
"""

from __future__ import annotations

import re
import unicodedata

SIGNS: dict[str, str] = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'", "\u02bc": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
    "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
}  # fmt: skip
"""Quotes, dashes and spaces that editors and web pages put in the place of the plain ones."""

LETTERS: dict[str, str] = dict(
    zip(
        "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423"
        "\u0430\u0435\u0455\u0456\u0458\u043e\u0440\u0441\u0445\u0443\u0501\u051b\u051d"
        "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd",
        "ABESIJKMHOPCTXYaesijopcxydqwABEZHIKMNOPTYXov",
        strict=True,
    )
)
"""Letters of Cyrillic and Greek that look like Latin ones."""

_SEEN = str.maketrans(SIGNS)
_LATIN = str.maketrans(LETTERS)
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Characters without a shape that are not of the category of format characters."""
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_LATIN_LETTER = re.compile("[A-Za-z]")
_WORD = re.compile(r"\w+")
_SPACES = re.compile(r"\s+")


def is_invisible(char: str) -> bool:
    """Return whether a character has no shape at all, and no width."""
    return unicodedata.category(char) == "Cf" or _INVISIBLE.match(char) is not None


def plain_letters(text: str) -> str:
    """Return a text without what cannot be seen, and with the letters and signs that are meant.

    Letters of another script are taken for Latin ones only in a word that has Latin letters too, or where that makes
    the whole text plain: words of another language are left as they are.
    """
    if text.isascii():
        return text
    text = "".join(char for char in text if not is_invisible(char)).translate(_SEEN)
    text = _FULL_WIDTH.sub(lambda match: chr(ord(match.group()) - 0xFEE0), text)
    latin = text.translate(_LATIN)
    return latin if latin.isascii() else _WORD.sub(lambda match: _latin_word(match.group()), text)


def _latin_word(word: str) -> str:
    return word.translate(_LATIN) if _LATIN_LETTER.search(word) else word


def tidy(text: str) -> str:
    """Return the text as devices would report it: composed, without look-alikes and without needless spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", plain_letters(text))).strip()


def untidiness(text: str) -> str:
    """Return in words the first thing that is untidy in a text that is not tidy."""
    meant = tidy(text)
    for char in text:
        if not char.isascii() and char not in meant and plain_letters(char) != char:
            kind = "the invisible " if is_invisible(char) else ""
            return f"holds {kind}U+{ord(char):04X} {unicodedata.name(char, '').lower()}".rstrip()
    if text != unicodedata.normalize("NFC", text):
        return "holds a letter and its accent as two characters"
    if text != text.strip():
        return "begins with a space" if text[0].isspace() else "ends with a space"
    return "holds more than one space in a row, or a tab"
