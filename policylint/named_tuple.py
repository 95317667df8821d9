"""`NamedTuple` as `typing` has it, with classes that cost next to nothing to define.

That of `typing` checks each annotation and compiles a constructor when a class is defined, for 0.2 ms. A run defines
over a hundred classes and makes values of half of them, so here the constructor is compiled for the first value. To
type checkers it is that of `typing`.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple as NamedTuple
else:

    class _Definition(type):
        """Makes a class of fields, which are the annotations of its body."""

        def __new__(cls, name: str, bases: tuple[Any, ...], body: dict[str, Any]) -> type:
            if not bases:  # that of NamedTuple itself
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            members = {
                **_OF_EVERY_CLASS,
                **body,
                **{field: _Field(place, f"Field {place}") for place, field in enumerate(fields)},
                "__slots__": (),
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": {field: body[field] for field in fields if field in body},
            }
            return type(name, (tuple, *(base for base in bases if base is not NamedTuple)), members)

    class NamedTuple(metaclass=_Definition):
        """The base of a class that is a tuple whose places have names."""

    def _first_value(cls: type, /, *values: Any, **named: Any) -> Any:
        """Return the first value of a class, which from then on has a constructor of its own."""
        owner = next(each for each in cls.__mro__ if "_fields" in vars(each))
        fields = "".join(f"{field}, " for field in owner._fields)
        constructor = eval(f"lambda _cls, {fields}: _new(_cls, ({fields}))", {"_new": tuple.__new__})  # noqa: S307
        constructor.__defaults__ = tuple(owner._field_defaults.values())
        constructor.__name__, constructor.__qualname__ = "__new__", f"{owner.__qualname__}.__new__"
        owner.__new__ = constructor
        return cls.__new__(cls, *values, **named)

    def _make(cls: type, values: Iterable[Any]) -> Any:
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self: Any, /, **others: Any) -> Any:
        made = self._make(map(others.pop, self._fields, self))
        if others:
            raise TypeError(f"Got unexpected field names: {list(others)!r}")
        return made

    def _repr(self: Any) -> str:
        words = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"{self.__class__.__name__}({words})"

    _Empty = namedtuple("_Empty", "")
    _Field = type(namedtuple("_One", "one").one)
    _OF_EVERY_CLASS = {
        "__new__": _first_value,
        "_make": classmethod(_make),
        "_replace": _replace,
        "__replace__": _replace,
        "__repr__": _repr,
        "_asdict": _Empty._asdict,
        "__getnewargs__": _Empty.__getnewargs__,
    }
