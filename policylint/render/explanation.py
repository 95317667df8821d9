"""What a code, a state, a refusal or a message means, as text."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from policylint.analysis.explanations import MESSAGE
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.analysis.explanations import Explanation
    from policylint.render.style import Style

UNMISTAKABLE = (MESSAGE, "status", "HTTP status")
"""The kinds of which the label says what they are."""

NO_STEP = "none of the order of decision"


def render_explanations(found: Sequence[Explanation], *, style: Style) -> str:
    """Return the explanations one after the other; where there are several, their number first."""
    parts = [f"{count(len(found), 'meaning')}\n"] if len(found) > 1 else []
    return "\n".join([*parts, *(_explanation(each, style) for each in found)])


def _explanation(found: Explanation, style: Style) -> str:
    width = min(style.width, 100)
    kind = "" if found.kind in UNMISTAKABLE else f" ({found.kind})"
    head = f"{style.paint(found.label, 'bold')}{kind}: {found.title}"
    facts = [
        ("step", found.questions or (NO_STEP,)) if found.kind not in {"guard", "problem"} else ("", ()),
        ("next", found.next),
        ("evidence", (found.evidence,)),
        ("source", found.sources),
    ]
    lines = [head, "", *wrap(found.means, width, initial_indent="  ", subsequent_indent="  "), ""]
    for name, values in facts:
        for place, value in enumerate(values):
            lines.append(f"  {f'{name}:' if place == 0 else '':10}{value}")
    return "\n".join(lines) + "\n"
