"""Rows as the tools write them that administrators use: the other direction of the readers."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CUSTOM = ("System.Management.Automation.PSCustomObject", "System.Object")
ARRAY = ("System.Object[]", "System.Array", "System.Object")
_MARKS = {"utf-8": b"", "utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
_CODECS = {"utf-8-sig": "utf-8"}


class Enumeration(NamedTuple):
    """A value of an enumeration, which is read as its name."""

    name: str
    number: int


def encoded(text: str, encoding: str = "utf-8") -> bytes:
    """Return a text in an encoding, with its byte order mark where it has one."""
    return _MARKS[encoding] + text.encode(_CODECS.get(encoding, encoding))


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the properties that any row has."""
    return [*dict.fromkeys(name for row in rows for name in row)]


def render_csv(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None = None,
    *,
    separator: str = ",",
    type_line: str | None = None,
    join: str = ";",
    quote_all: bool = True,
) -> str:
    """Return rows as Export-Csv writes them, lists joined; an empty cell for what is null or not there."""
    columns = columns_of(rows) if columns is None else columns
    needs = re.compile(rf'[{re.escape(separator)}"\r\n]|^\s|\s$')

    def cell(value: Any) -> str:
        if value is None:
            return ""
        text = join.join(value) if isinstance(value, list) else str(value)
        return '"' + text.replace('"', '""') + '"' if quote_all or needs.search(text) else text

    lines = [] if type_line is None else [f"#TYPE {type_line}"]
    lines.append(separator.join(map(cell, columns)))
    lines += [separator.join(cell(row.get(name)) for name in columns) for row in rows]
    return "".join(f"{line}\r\n" for line in lines)


def render_format_list(rows: Sequence[Mapping[str, Any]], *, width: int | None = None, most: int | None = None) -> str:
    """Return rows as Format-List shows them: values broken at a width, lists cut after a number of items."""
    return "\r\n\r\n" + "".join("\r\n".join([*_list_lines(row, width, most), "", ""]) for row in rows) + "\r\n"


def _list_lines(row: Mapping[str, Any], width: int | None, most: int | None) -> Iterator[str]:
    longest = max(map(len, row), default=0)
    for name, value in row.items():
        text = _list_text(value, most)
        room = len(text) if width is None else width - longest - 3
        first, *more = [text[at : at + room] for at in range(0, len(text), room or 1)] or [""]
        yield f"{name:<{longest}} : {first}"
        yield from (" " * (longest + 3) + part for part in more)


def _list_text(value: Any, most: int | None) -> str:
    if isinstance(value, list):
        cut = most is not None and len(value) > most
        return "{" + ", ".join(value[:most]) + ("..." if cut else "") + "}"
    return "" if value is None else str(value)


def render_clixml(
    rows: Sequence[Mapping[str, Any]],
    *,
    types: Sequence[str] = CUSTOM,
    section: str = "MS",
    as_list: bool = False,
    newline: str = "\r\n",
) -> str:
    """Return rows as Export-Clixml writes them: one by one, or as one list. A dict is an object of its members."""
    writer = _ClixmlWriter(types, section)
    lines = writer.objects(rows, as_list=as_list)
    root = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"'
    return newline.join((f"{root}>", *lines, "</Objs>")) if rows or as_list else f"{root} />"


class _ClixmlWriter:
    def __init__(self, types: Sequence[str], section: str) -> None:
        self._types, self._section = tuple(types), section
        self._known: dict[tuple[str, ...], int] = {}
        self._numbers = count()

    def objects(self, rows: Sequence[Mapping[str, Any]], *, as_list: bool) -> Iterator[str]:
        if not as_list:
            for row in rows:
                yield from self._object(2, "", row)
            return
        yield f'  <Obj RefId="{next(self._numbers)}">'
        yield from self._type(4, ARRAY)
        yield from ("    <LST>" if rows else "    <LST />",)
        for row in rows:
            yield from self._object(6, "", row)
        yield from (["    </LST>"] if rows else [])
        yield "  </Obj>"

    def _object(self, indent: int, name: str, members: Mapping[str, Any]) -> Iterator[str]:
        pad = " " * indent
        yield f'{pad}<Obj{name} RefId="{next(self._numbers)}">'
        yield from self._type(indent + 2, CUSTOM if name else self._types)
        section = "MS" if name else self._section
        yield f"{pad}  <{section}>"
        for member, value in members.items():
            yield from self._member(indent + 4, f' N="{_spelled(member)}"', value)
        yield f"{pad}  </{section}>"
        yield f"{pad}</Obj>"

    def _type(self, indent: int, types: tuple[str, ...]) -> Iterator[str]:
        pad = " " * indent
        if types in self._known:
            yield f'{pad}<TNRef RefId="{self._known[types]}" />'
            return
        self._known[types] = len(self._known)
        yield f'{pad}<TN RefId="{self._known[types]}">'
        yield from (f"{pad}  <T>{name}</T>" for name in types)
        yield f"{pad}</TN>"

    def _member(self, indent: int, name: str, value: Any) -> Iterator[str]:
        pad = " " * indent
        if isinstance(value, dict):
            yield from self._object(indent, name, value)
        elif isinstance(value, (list, Enumeration)):
            yield f'{pad}<Obj{name} RefId="{next(self._numbers)}">'
            yield from self._list(indent + 2, value) if isinstance(value, list) else self._name(indent + 2, value)
            yield f"{pad}</Obj>"
        elif value is None:
            yield f"{pad}<Nil{name} />"
        else:
            tag = {bool: "B", int: "I64", float: "Db"}.get(type(value), "S")
            text = str(value).lower() if isinstance(value, bool) else _spelled(str(value))
            yield f"{pad}<{tag}{name}>{text}</{tag}>"

    def _list(self, indent: int, items: list[Any]) -> Iterator[str]:
        yield from self._type(indent, ARRAY)
        pad = " " * indent
        if not items:
            yield f"{pad}<LST />"
            return
        yield f"{pad}<LST>"
        for item in items:
            yield from self._member(indent + 2, "", item)
        yield f"{pad}</LST>"

    def _name(self, indent: int, value: Enumeration) -> Iterator[str]:
        yield from self._type(indent, ("Contoso.Level", "System.Enum", "System.ValueType", "System.Object"))
        yield f"{' ' * indent}<ToString>{_spelled(value.name)}</ToString>"
        yield f"{' ' * indent}<I32>{value.number}</I32>"


def _spelled(text: str) -> str:
    """Return a text as Export-Clixml spells it."""
    text = text.replace("_x", "_x005F_x")
    text = re.sub(r"[^\t\n\r\x20-\uffff]|[\x00-\x1f\x7f-\x9f\ufffe\uffff]", _spelled_unit, text)
    return escape(text)


def _spelled_unit(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex().upper()
    return "".join(f"_x{units[at : at + 4]}_" for at in range(0, len(units), 4))


def render_m365dsc(rows: Sequence[Mapping[str, Any]], resource: str) -> str:
    """Return rows as an export of Microsoft365DSC has them; what is null is not in it."""
    lines = [
        "# Generated with Microsoft365DSC version 1.25.1",
        "Configuration M365TenantConfig",
        "{",
        "    param ([System.Management.Automation.PSCredential] $Credential)",
        "    Import-DscResource -ModuleName 'Microsoft365DSC' -ModuleVersion '1.25.1'",
        "    Node localhost",
        "    {",
    ]
    for number, row in enumerate(rows):
        lines += [
            f'        {resource} "{resource}-{number}"',
            "        {",
            "            Credential = $Credscredential;",
        ]
        lines += [f"            {name:<30} = {_literal(row[name])};" for name in row if row[name] is not None]
        lines.append("        }")
    return "\r\n".join((*lines, "    }", "}", ""))


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"@({','.join(map(_literal, value))})"
    if isinstance(value, str):
        return '"' + re.sub('[`$"\u201c\u201d\u201e]', r"`\g<0>", value) + '"'
    return f"${value}" if isinstance(value, bool) else str(value)
