"""A reader of PowerShell literals that shares no code with what writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_INT64 = range(-(2**63), 2**63)
_QUOTES = "'\u2018\u2019\u201a\u201b"
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(?![\w.])")
_CHAR = re.compile(r"\[char\]0x([0-9A-F]{4})(?![\w.])")
_CONSTANTS = {"$null": None, "$true": True, "$false": False}


class NotLiteralError(ValueError):
    """The text is not a literal that `literal` writes."""


def unquote(text: str) -> Any:
    """Return the value that a literal written by `literal` evaluates to; tuples come back as lists.

    Strings are scanned as PowerShell's tokenizer does, so that a badly quoted one is caught here too.
    Raises NotLiteralError where the text is anything but one such literal.
    """
    scanner = _Scanner(text)
    value = scanner.value()
    if scanner.at != len(text):
        scanner.fail("the end")
    return value


class _Scanner:
    """A cursor over the text of one literal; each method consumes what it names and returns its value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, expected: str) -> NoReturn:
        raise NotLiteralError(f"expected {expected} at character {self.at + 1} of the literal")

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
            if character in _QUOTES:
                if self.at == len(self.text) or self.text[self.at] not in _QUOTES:
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
