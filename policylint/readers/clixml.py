"""The output of Export-Clixml to rows: by blocks where its lines are the usual ones, by its elements where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.readers.clixml_blocks import read_blocks
from policylint.readers.clixml_elements import State
from policylint.readers.rows import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.readers.rows import Document, SourceRow


def read_clixml(pieces: Iterable[bytes], document: Document) -> Iterator[SourceRow]:
    """Yield the objects of Export-Clixml, those of a list one by one."""
    state = State()
    yield from read_blocks(pieces, state)
    document.says_none = state.has_list and not state.has_null and not state.count
    if not state.count and not document.says_none:
        document.losses.append(Loss("empty-file", "it holds no object: nothing was given to Export-Clixml", line=1))
