"""Characters that cannot be seen, or that only look like those that are meant.

What is odd in a text is a mapping from places to what is meant there, which is empty for a character to leave out.

Source: Unicode Technical Standard 39, https://www.unicode.org/reports/tr39/
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
"""The fullwidth forms of the signs, digits and letters of ASCII."""

SIGNS: Mapping[str, str] = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **{wide: sign for wide, sign in _WIDE.items() if not sign.isalnum()},
    "\u3000": " ",
    "\u037e": ";",
    "\u1fef": "`",
}
"""Quotes, dashes and other signs that editors and web pages put in the place of the plain ones, and names may hold."""

SPACES: Mapping[str, str] = dict.fromkeys(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "
)
"""Spaces that look like the plain one."""

FORMS: Mapping[str, str] = {**{wide: plain for wide, plain in _WIDE.items() if plain.isalnum()}, "\u212a": "K"}
"""Latin letters and digits in another form."""

_CYRILLIC = dict(
    zip(
        "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423"
        "\u0430\u0435\u0455\u0456\u0458\u043e\u0440\u0441\u0445\u0443\u0501\u051b\u051d",
        "ABESIJKMHOPCTXYaesijopcxydqw",
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd",
        "ABEZHIKMNOPTYXov",
        strict=True,
    )
)
LETTERS: Mapping[str, str] = {**_CYRILLIC, **_GREEK}
"""Letters of Cyrillic and Greek that look like Latin ones."""

_TWINS = {
    "CYRILLIC": {latin: letter for letter, latin in _CYRILLIC.items()},
    "GREEK": {latin: letter for letter, latin in _GREEK.items()},
}
_PLAIN = str.maketrans({**SIGNS, **SPACES, **FORMS})
_LATIN = str.maketrans({**LETTERS, **FORMS})
_SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Characters without a shape that are neither selectors nor of the category of format characters."""
_SELECTOR = regex("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINER = regex("[\u200c\u200d]")
_JOINED = regex("[\u0600-\u1fff\u2190-\ufdff\U00010000-\U000dffff]")
"""Letters and pictures of which a joiner or a selector can be a part."""
_LATIN_LETTER = regex("[A-Za-z]")
_LATIN_IN_A_FORM = regex("[A-Za-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u212a]")
_CYRILLIC_OR_GREEK = regex("[\u0370-\u052f\u1f00-\u1fff]")
_WORD = regex(r"\w+")
_BLANKS = regex(r"[ \t\r\n]+")


def is_invisible(char: str) -> bool:
    """Return whether a character has no shape at all, and no width."""
    if unicodedata.category(char) == "Cf" or char in _SHAPELESS:
        return True
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def invisible(text: str) -> dict[int, str]:
    """Return the places of what cannot be seen, but for joiners and selectors that are part of a letter's spelling."""
    if text.isascii():
        return {}
    return {place: "" for place, char in enumerate(text) if is_invisible(char) and not _is_part(text, place)}


def _is_part(text: str, place: int) -> bool:
    """Return whether an invisible character belongs to the letters around it: Persian and Hindi need joiners."""
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    if _SELECTOR.match(text, place):
        return _is_joined(before)
    return _JOINER.match(text, place) is not None and _is_joined(before) and _is_joined(after)


def _is_joined(char: str) -> bool:
    return _JOINED.match(char) is not None and not is_invisible(char)


def look_alikes(text: str, *, signs: bool = False) -> dict[int, str]:
    """Return the places of letters and spaces, and of `signs`, that look like others, with those that are meant.

    A text in one script of its own has none, whatever it looks like: words of another language are left as they are.
    """
    if text.isascii():
        return {}
    known = {**SIGNS, **SPACES} if signs else SPACES
    found = {place: known[char] for place, char in enumerate(text) if char in known}
    becomes_plain = _LATIN_IN_A_FORM.search(text) is not None and text.translate(_PLAIN).translate(_LATIN).isascii()
    for word in _WORD.finditer(text):
        meant = word.group().translate(_LATIN) if becomes_plain else _meant_word(word.group())
        pairs = zip(word.group(), meant, strict=True)
        found.update((word.start() + at, new) for at, (old, new) in enumerate(pairs) if old != new and old not in known)
    return dict(sorted(found.items()))


def _meant_word(word: str) -> str:
    """Return a word in the one script that all of its letters can be of; one that is truly of two stays as it is."""
    latin = word.translate(_LATIN)
    if not _LATIN_LETTER.search(word):
        return word
    foreign = _CYRILLIC_OR_GREEK.search(latin)
    if foreign is None:
        return latin
    twins = _TWINS.get(unicodedata.name(foreign.group(), "").split(" ")[0], {})
    meant = "".join(twins.get(char, char) for char in word)
    return word if _LATIN_LETTER.search(meant) else meant


def replaced(text: str, odd: Mapping[int, str]) -> str:
    """Return a text with what is meant in the odd places."""
    return "".join(odd.get(place, char) for place, char in enumerate(text))


def described(text: str, odd: Mapping[int, str]) -> str:
    """Return in words the first odd character of a text, and how many follow."""
    place = min(odd)
    name = unicodedata.name(text[place], "").lower()
    words = f"U+{ord(text[place]):04X} {name}".rstrip() + f" as character {place + 1}"
    return f"{words}, and {len(odd) - 1} more" if len(odd) > 1 else words


def plain_letters(text: str) -> str:
    """Return a text without what cannot be seen, and with Latin letters and plain signs wherever they may be meant.

    For comparing with what devices report: a text that becomes plain is taken for that, whatever its script.
    """
    if text.isascii():
        return text
    text = "".join(char for char in text if not is_invisible(char)).translate(_PLAIN)
    latin = text.translate(_LATIN)
    return latin if latin.isascii() else _WORD.sub(lambda match: _meant_word(match.group()), text)


def tidy(text: str) -> str:
    """Return a text composed, and without needless spaces."""
    if text.isascii() and text.isprintable() and "  " not in text and " " not in (text[:1], text[-1:]):
        return text
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def untidiness(text: str) -> str:
    """Return in words the first thing that is untidy in a text that is not tidy."""
    if text != unicodedata.normalize("NFC", text):
        return "contains a letter and its accent as two characters"
    if text != text.strip(" \t\r\n"):
        return "begins with a space" if text[0] in " \t\r\n" else "ends with a space"
    return "contains more than one space in a row, or a tab"


def is_odd(text: str) -> bool:
    """Return whether anything of a text that is compared with devices is not as it seems."""
    if text.isascii():
        return tidy(text) != text
    return bool(tidy(text) != text or invisible(text) or look_alikes(text, signs=True))
