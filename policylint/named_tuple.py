"""`NamedTuple` as `typing` has it, with classes that cost next to nothing to define.

That of `typing` checks each annotation and compiles a constructor when a class is defined, for 0.2 ms. A run defines
over a hundred classes and makes values of half of them, so here the constructor is compiled for the first value. To
type checkers it is that of `typing`.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Definition(type):
        """Makes a class of fields, which are the annotations of its body."""

        def __new__(cls, name: str, bases: tuple[Any, ...], body: dict[str, Any]) -> type:
            if not bases:  # that of NamedTuple itself
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            members = {
                **_FIRST_MADE,
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

    def _complete(cls: type) -> None:
        """Give the class of fields among a class and its bases what makes values, copies and texts of them."""
        owner = next(each for each in cls.__mro__ if "_fields" in vars(each))
        defaults = owner._field_defaults.values()
        whole = namedtuple(owner.__name__, owner._fields, defaults=defaults, module=owner.__module__)
        for name, member in vars(whole).items():
            if name not in vars(owner) or name in _FIRST_MADE:
                setattr(owner, name, member)

    def _first_value(cls: type, /, *values: Any, **named: Any) -> Any:
        _complete(cls)
        return cls.__new__(cls, *values, **named)

    def _first_of_items(cls: type, values: Any) -> Any:
        _complete(cls)
        return cls._make(values)

    _FIRST_MADE = {"__new__": _first_value, "_make": classmethod(_first_of_items)}
    """What makes the first value of a class."""

    _Field = type(namedtuple("_One", "one").one)
