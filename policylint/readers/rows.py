"""What the reader of each format makes of a file: rows with their places, and what is wrong with it.

A reader knows a format and nothing of Exchange. What its rows are about, and whether they are whole, is told elsewhere.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Value: TypeAlias = "str | int | float | bool | list[Any] | dict[str, Any] | None"
"""What a file says of one property.

A text, a number, true or false; a list where the file shows one, empty or not; None where the file shows that there is
no value. A cell of CSV is a text: the empty one says nothing of whether there is a value or a list. A dict is an object
of several members where the file shows one. An enumeration is its name where the file has that, else its number. A
time is a text in ISO 8601 with its zone where the file says a zone, else the text of the file. A time span is a text
`[d.]hh:mm:ss`.
"""

SourceRow: TypeAlias = "tuple[int | None, Mapping[str, Value], str | None]"
"""An object: the line on which it begins, from 1, its properties, and its type as the file names it.

None: not known.
"""


class Loss(NamedTuple):
    """Something wrong with a file: the code of the problem, what it is, and where that is known.

    `line` and `column` count from 1, `offset` is the byte of the file from 0. `property` is the property that it is
    about as the file names it, None where it is about more than one.
    """

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    offset: int | None = None
    property: str | None = None


class Unreadable(Exception):  # noqa: N818
    """The rest of a file cannot be read. Rows that came before it may be true, and are not all."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.message)
        self.loss = loss


class Document:
    """A file as its reader found it; its rows are read from the file as they are taken.

    `format` is json, csv, clixml, format-list or m365dsc; `encoding` utf-8, utf-16-le or utf-16-be. `losses` grows
    while rows are taken: what is wrong and does not keep the rest from being read. Once all rows are taken,
    `says_none` tells of a document without any whether it says that there are none, as `[]` does and an empty file does
    not, and `is_ascii` whether no character of the file is beyond ASCII. Taking a row may raise Unreadable.
    """

    def __init__(self, format: str, encoding: str = "utf-8") -> None:  # noqa: A002
        self.format = format
        self.encoding = encoding
        self.rows: Iterator[SourceRow] = iter(())
        self.losses: list[Loss] = []
        self.says_none = False
        self.is_ascii = True


def shape_of(row: Mapping[str, Value]) -> object:
    """Return what all rows with the same names have in common, in the same order; it can be the key of a dictionary."""
    return tuple(row) if row.__class__ is dict else row.__class__


def picker(row: Mapping[str, Value], names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function that gives some values of a row that is of the same shape as this one.

    A date may be as the file has it.
    """
    if not names:
        return lambda _row: ()
    own: Callable[[Sequence[str]], Callable[[Any], Any]] | None = getattr(row, "picker", None)
    found = itemgetter(*names) if own is None else own(names)
    return found if len(names) > 1 else lambda each: (found(each),)
