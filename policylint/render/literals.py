"""PowerShell literals: values as source text that evaluates to them, and the way back.

Data reaches an emitted script only through `literal`. Its output is printable ASCII whatever the value holds, so
neither the encoding a file is read with nor the line-end conversion of a repository can change what the script means.

Source: https://github.com/PowerShell/PowerShell/blob/master/src/System.Management.Automation/engine/parser/CharTraits.cs
(which characters are quotes) and tokenizer.cs beside it (of two adjacent quotes in a literal the second one is kept).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

from policylint.errors import PolicylintError

SINGLE_QUOTES: Final = "'\u2018\u2019\u201a\u201b"
"""Every character that PowerShell takes for a single quote: each of them opens and closes a literal."""

_T = TypeVar("_T")

_INT64: Final = range(-(2**63), 2**63)
_PLAIN: Final = re.compile(r"[ -~]*")
_PIECE: Final = re.compile(r"[ -~]+|[^ -~]")
_DOUBLED: Final = str.maketrans({quote: quote * 2 for quote in SINGLE_QUOTES})


class LiteralError(PolicylintError, ValueError):
    """The value has no PowerShell literal, or the text is not one that `literal` writes."""


def literal(value: Any) -> str:
    """Return a PowerShell expression that evaluates to `value`: null, boolean, 64-bit integer, text, list or mapping.

    Tuples become arrays like lists; mappings become hashtables, whose keys must be text and differ by more than case.

    Raises:
        LiteralError: for any other type, an integer beyond 64 bits, NUL, a lone surrogate, or keys equal ignoring case.
    """
    if value is None:
        return "$null"
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple)):
        return _array(value)
    if isinstance(value, Mapping):
        return "@{ " + "; ".join(f"{key} = {item}" for key, item in _entries(value)) + " }" if value else "@{}"
    raise LiteralError(f"no PowerShell literal for a value of type `{type(value).__name__}`")


def _integer(value: int) -> str:
    """Return the digits of a 64-bit integer; beyond that PowerShell would turn to decimals and rounded doubles."""
    if value not in _INT64:
        raise LiteralError(f"integer `{value}` does not fit in 64 bits")
    return str(value)


def _text(value: str) -> str:
    """Return a quoted literal, or one `-join` of such literals and `[char]`s when not all is printable ASCII."""
    if _PLAIN.fullmatch(value):
        return _quoted(value)
    return "(-join (" + ", ".join(_terms(value)) + "))"


def _terms(value: str) -> list[str]:
    """Return the terms of a join: quoted runs of printable ASCII, and a `[char]` for each other UTF-16 unit."""
    terms: list[str] = []
    for piece in _PIECE.findall(value):
        terms.extend([_quoted(piece)] if _PLAIN.fullmatch(piece) else _chars(piece))
    return terms


def _quoted(value: str) -> str:
    """Return the text between single quotes with every quote character doubled by itself."""
    return "'" + value.translate(_DOUBLED) + "'"


def _chars(character: str) -> list[str]:
    """Return the `[char]` terms of one character: one, or two for a character outside the basic plane."""
    code = ord(character)
    if code == 0:
        raise LiteralError("text holds the NUL character")
    if 0xD800 <= code <= 0xDFFF:
        raise LiteralError(f"text holds the lone surrogate U+{code:04X}")
    units = [code] if code <= 0xFFFF else [0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code - 0x10000 & 0x3FF)]
    return [f"[char]0x{unit:04X}" for unit in units]


def _array(items: list[Any] | tuple[Any, ...]) -> str:
    """Return an array literal. An array as the only element needs the unary comma, or `@()` would unroll it."""
    inner = ", ".join(literal(item) for item in items)
    only_array = len(items) == 1 and isinstance(items[0], (list, tuple))
    return f"@(,{inner})" if only_array else f"@({inner})"


def _entries(mapping: Mapping[Any, Any]) -> list[tuple[str, str]]:
    """Return the literals of keys and values in the order of the mapping; keys must differ by more than case."""
    entries: list[tuple[str, str]] = []
    seen: set[str] = set()
    for key, item in mapping.items():
        if not isinstance(key, str):
            raise LiteralError(f"a key is of type `{type(key).__name__}`, not text")
        if key.upper() in seen or key.lower() in seen:
            raise LiteralError(f"two keys differ only in case: `{key}`")
        seen |= {key.upper(), key.lower()}
        entries.append((literal(key), literal(item)))
    return entries


def unquote(text: str) -> Any:
    """Return the value that a literal written by `literal` evaluates to; tuples come back as lists.

    Strings are scanned as PowerShell's tokenizer does, so that a badly quoted one is caught here too.

    Raises:
        LiteralError: when the text is anything but one such literal.
    """
    scanner = _Scanner(text)
    value = scanner.value()
    if scanner.at != len(text):
        scanner.fail("the end")
    return value


_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(?![\w.])")
_CHAR: Final = re.compile(r"\[char\]0x([0-9A-F]{4})(?![\w.])")
_CONSTANTS: Final = {"$null": None, "$true": True, "$false": False}


class _Scanner:
    """A cursor over the text of one literal; each method consumes what it names and returns its value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, expected: str) -> NoReturn:
        raise LiteralError(f"expected {expected} at character {self.at + 1} of the literal")

    def took(self, token: str) -> bool:
        """Return whether the token stands here, and step over it when it does."""
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def take(self, token: str) -> None:
        if not self.took(token):
            self.fail(f"`{token}`")

    def value(self) -> Any:
        for name, constant in _CONSTANTS.items():
            if self.took(name):
                return constant
        if self.took("@("):
            return self.array()
        if self.took("@{"):
            return self.table()
        if self.text.startswith(("'", "(-join ("), self.at):
            return self.string()
        return self.number()

    def number(self) -> int:
        match = _NUMBER.match(self.text, self.at) or self.fail("a literal")
        self.at = match.end()
        number = int(match.group())
        return number if number in _INT64 else self.fail("a 64-bit integer")

    def array(self) -> list[Any]:
        if self.took(")"):
            return []
        if self.took(","):
            items = [self.value()]
            if not isinstance(items[0], list):
                self.fail("an array after the unary comma")
        else:
            items = self.several(self.value)
            if len(items) == 1 and isinstance(items[0], list):
                self.fail("a unary comma before the only array")
        self.take(")")
        return items

    def table(self) -> dict[str, Any]:
        if self.took("}"):
            return {}
        self.take(" ")
        table: dict[str, Any] = {}
        while True:
            key = self.string()
            if key in table:
                self.fail("another key")
            self.take(" = ")
            table[key] = self.value()
            if not self.took("; "):
                break
        self.take(" }")
        return table

    def string(self) -> str:
        if not self.took("(-join ("):
            return self.quoted()
        units = "".join(self.several(self.term))
        self.take("))")
        try:
            return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            self.fail("the other half of a surrogate pair")

    def term(self) -> str:
        match = _CHAR.match(self.text, self.at)
        if not match:
            return self.quoted()
        self.at = match.end()
        return chr(int(match[1], 16))

    def quoted(self) -> str:
        """Read up to the first quote character that no other one follows; of two adjacent ones the second is kept."""
        self.take("'")
        kept: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character in SINGLE_QUOTES:
                if self.at == len(self.text) or self.text[self.at] not in SINGLE_QUOTES:
                    return "".join(kept)
                character = self.text[self.at]
                self.at += 1
            kept.append(character)
        return self.fail("a closing quote")

    def several(self, item: Callable[[], _T]) -> list[_T]:
        """Read one or more items separated by a comma."""
        items = [item()]
        while self.took(", "):
            items.append(item())
        return items
