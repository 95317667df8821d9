"""An export of Microsoft365DSC, which is a PowerShell script, to rows. It is read as data and never run.

What counts are the blocks of resources, which hold literals. Where one of those that are read holds anything else, the
file is refused: what an expression would be in PowerShell is not for a reader to say.

Source: https://microsoft365dsc.com/user-guide/get-started/snapshot-of-existing-tenant/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.phrases import quoted
from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.readers.rows import Document, SourceRow, Value

LONGEST = 64 << 20
"""How many bytes a script has at most."""

_RESOURCE = regex(r"EXO(?:ActiveSync|MobileDevice|CASMailbox)\w*", re.IGNORECASE)
"""The resources that are about mobile devices. Others are passed over, and may hold what is no literal."""

_ACCESS = frozenset(
    map(
        fold,
        (
            "AccessTokens",
            "ApplicationId",
            "ApplicationSecret",
            "CertificatePassword",
            "CertificatePath",
            "CertificateThumbprint",
            "Credential",
            "GlobalAdminAccount",
            "ManagedIdentity",
            "TenantId",
        ),
    )
)
"""The properties that say how to sign in, which are left out."""

_DOUBLE, _SINGLE = '"\u201c\u201d\u201e', "'\u2018\u2019\u201a\u201b"
"""The characters that quote a text in PowerShell, of which any begins one and any of the same kind ends it."""

_TOKEN = regex(
    rf"""
    (?P<blank> [\s\ufeff]+ | `\r?\n | <\#(?:.*?\#>|.*) | \#[^\n]* )
    | @(?P<here> [{_DOUBLE}][ \t]*\r?\n(?:.*?\n[{_DOUBLE}]@|.*) | [{_SINGLE}][ \t]*\r?\n(?:.*?\n[{_SINGLE}]@|.*) )
    | [{_DOUBLE}] (?P<expandable> [^{_DOUBLE}`]*+ (?: (?: `. | [{_DOUBLE}]{{2}} ) [^{_DOUBLE}`]*+ )*+ ) [{_DOUBLE}]
    | [{_SINGLE}] (?P<verbatim> [^{_SINGLE}]*+ (?: [{_SINGLE}]{{2}} [^{_SINGLE}]*+ )*+ ) [{_SINGLE}]
    | (?P<variable> \$ (?: \{{[^}}]*\}} | [\w:]+ (?: \.\w+ )* ) )
    | (?P<number> -?[0-9]{{1,18}} (?![\w.-]) )
    | (?P<list> @\( )
    | (?P<mark> @?\{{ | [}}();=,] )
    | (?P<quote> [{_DOUBLE}{_SINGLE}] )
    | (?P<word> [^\s{{}}();=,\#`$@{_DOUBLE}{_SINGLE}]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = regex(
    rf"`u\{{(?P<code>0{{0,5}}(?:10|[0-9A-Fa-f])?[0-9A-Fa-f]{{1,4}})\}}|`(?P<char>.)|(?P<twice>[{_DOUBLE}])[{_DOUBLE}]",
    re.DOTALL,
)
_TWICE = regex(f"([{_SINGLE}])[{_SINGLE}]")
_CONTROL = dict(zip("0abefnrtv", "\0\a\b\x1b\f\n\r\t\v", strict=True))
_EXPANDED = regex(r"(?<!`)(?:``)*\$[\w({:?$^]")
_CONSTANTS = {"$TRUE": True, "$FALSE": False, "$NULL": None}


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def read_m365dsc(pieces: Iterable[bytes], document: Document) -> Iterator[SourceRow]:
    """Yield the resources about mobile devices: texts, numbers, true, false, None and lists by name."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > LONGEST:
            raise Unreadable(Loss("damaged", f"a script of more than {LONGEST >> 20} MB"))
    script = _Script(content.decode())
    found = False
    for row in script.rows():
        found = True
        yield row
    if not found:
        message = "an export of Microsoft365DSC without a resource about mobile devices"
        document.losses.append(Loss("unknown-objects", message, line=1))


class _Script:
    """Goes through the tokens of a script once. Blanks and comments are none."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._token = next(self._tokens)
        self._depth = 0

    def rows(self) -> Iterator[SourceRow]:
        while self._token.kind != "end":
            token = self._take()
            if token.kind == "word" and _RESOURCE.fullmatch(token.text):
                is_named = self._take().kind in {"word", "expandable", "verbatim"}
                if is_named and self._token.text == "{":
                    self._take()
                    yield token.line, self._properties(token.text), token.text
        if self._depth > 0:
            raise Unreadable(Loss("cut-file", "it ends before its blocks do", self._token.line))

    def _take(self) -> _Token:
        """Return the next token. Raises Unreadable where the script ends within quotes."""
        token = self._token
        if token.kind == "quote":
            raise Unreadable(Loss("cut-file", "it ends within quotes, which begin here", token.line))
        if token.kind != "end":
            self._token = next(self._tokens)
        if token.kind == "mark":
            self._depth += token.text.endswith("{") - (token.text == "}")
        return token

    def _next_is(self, text: str) -> bool:
        """Return whether the next token is a mark, which is taken then."""
        found = self._token.kind in {"mark", "list"} and self._token.text == text
        if found:
            self._take()
        return found

    def _properties(self, resource: str) -> dict[str, Value]:
        """Return the properties of a resource, whose block has begun."""
        properties: dict[str, Value] = {}
        seen: set[str] = set()
        while not self._next_is("}"):
            name = self._take()
            if name.kind != "word" or not self._next_is("="):
                raise self._refusal(name, resource)
            if fold(name.text) in seen:
                message = f"property {quoted(name.text)} is there twice in a resource"
                raise Unreadable(Loss("damaged", message, name.line, property=name.text))
            seen.add(fold(name.text))
            if fold(name.text) in _ACCESS:
                self._pass_over(name.line)
            else:
                properties[name.text] = self._value(name.text)
            self._next_is(";")
        if str(properties.pop("Ensure", "Present")).upper() != "PRESENT":
            message = f"it is no export: {resource} is to be absent"
            raise Unreadable(Loss("unknown-format", message, self._token.line))
        return properties

    def _pass_over(self, line: int) -> None:
        """Take an expression that begins on a line: what is on it, and what is in parentheses."""
        depth = 0
        while self._token.kind != "end" and (
            depth or (self._token.line == line and self._token.text not in {";", "}"})
        ):
            text = self._take().text
            depth += text.endswith("(") - (text == ")")

    def _value(self, name: str) -> Value:
        """Return the value of a property: a literal, or a list of them."""
        if self._next_is("@("):
            items: list[Value] = []
            while not self._next_is(")"):
                items.append(self._literal(name))
                self._next_is(",")
            return items
        value = self._literal(name)
        if self._token.text != "," or self._token.kind != "mark":
            return value
        items = [value]
        while self._next_is(","):
            items.append(self._literal(name))
        return items

    def _literal(self, name: str) -> Value:
        token = self._take()
        if token.kind == "number":
            return int(token.text)
        if token.kind == "verbatim":
            return _TWICE.sub(r"\1", token.text)
        if token.kind == "expandable" and not _EXPANDED.search(token.text):
            return _ESCAPE.sub(_unescaped, token.text)
        if token.kind == "variable" and token.text.upper() in _CONSTANTS:
            return _CONSTANTS[token.text.upper()]
        raise self._refusal(token, name)

    def _refusal(self, token: _Token, name: str) -> Unreadable:
        """Return what to raise at a token that is no literal, or does not belong where it is."""
        if "end" in {token.kind, self._token.kind}:
            return Unreadable(Loss("cut-file", f"it ends within {quoted(name)}", token.line))
        message = f"a script of Microsoft365DSC that is more than data: {quoted(token.text)} in {quoted(name)}"
        return Unreadable(Loss("unknown-format", message, token.line, property=name))


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the tokens of a script, and then without an end that of its end."""
    line, counted = 1, 0
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "word"
        if kind != "blank":
            line += text.count("\n", counted, found.start())
            counted = found.start()
            yield _Token(kind, found[kind], line)
    line += text.count("\n", counted)
    while True:
        yield _Token("end", "", line)


def _unescaped(found: re.Match[str]) -> str:
    if found["code"]:
        return chr(int(found["code"], 16)).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return found["twice"] or _CONTROL.get(found["char"], found["char"])
