"""What tells findings apart whatever their lines, in one run and in the next."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policylint.diagnostic import Diagnostic


def fingerprints(found: Iterable[Diagnostic], path_of: Callable[[str], str] = str) -> Iterator[str]:
    """Yield the fingerprint of each finding: of its rule, its file and what it is about, and of alike ones the number.

    Each is 64 hexadecimal digits, and no two of one run are equal. `path_of` returns what a file is known by.
    """
    times: Counter[str] = Counter()
    for each in found:
        about = each.about
        said = (about.kind, about.name, *map("=".join, about.words)) if about is not None else (each.message,)
        key = "\0".join((each.rule, path_of(each.span.path), *said))
        times[key] += 1
        yield sha256(f"{key}\0{times[key]}".encode("utf-8", "backslashreplace")).hexdigest()
