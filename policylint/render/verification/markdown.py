"""What became of tests and assertions as Markdown: the comment of a pull request, or the summary of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.expectations import PASSING
from policylint.model.access_rule import entry_identity
from policylint.phrases import count
from policylint.render.markdown import (
    LARGEST,
    code,
    compose,
    head_text,
    list_block,
    live_state_block,
    long_text,
    table_block,
)
from policylint.render.verification.outcomes import outcomes
from policylint.render.verification.text import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.analysis.assertions import AssertionResult, Coverage
    from policylint.analysis.expectations import AccessTestResult
    from policylint.render.markdown import Block
    from policylint.render.people import NameMask
    from policylint.render.verification.outcomes import Outcome

COMMAND = "policylint test"


def render_markdown(
    tests: tuple[AccessTestResult, ...],
    assertions: tuple[AssertionResult, ...],
    covered: Coverage,
    mask: NameMask,
    live_state: Sequence[str] = (),
    *,
    size: int = LARGEST,
) -> str:
    """Return the outcomes as Markdown, all ASCII, of no more than `size` characters, at least 2,000.

    What failed is listed, the rest is folded. `mask` takes people out of it. `live_state` says which snapshots it rests
    on.
    """
    head = f"### {head_text(verdict(tests, assertions) or 'No tests')}\n"
    found = list(outcomes(tests, assertions))
    blocks = [*_blocks(found, covered, mask), live_state_block(live_state, mask)]
    return compose(head, blocks, size=size, command=COMMAND)


def _blocks(found: list[Outcome], covered: Coverage, mask: NameMask) -> Iterator[Block]:
    failed = [each for each in found if each.outcome not in PASSING]
    skipped = [each for each in found if each.outcome == "skipped"]
    title = f"{len(failed):,} did not pass"
    yield list_block(title, (f"{_place(each, mask)}: {_what(each, mask)}" for each in failed), len(failed), "of them")
    rows = ((_place(each, mask), _what(each, mask)) for each in skipped)
    yield table_block(f"{len(skipped):,} skipped", ("Where", "What"), rows, len(skipped), "of them")
    never = (
        (code(f"{mask.hide(rule.origin.path)}:{rule.origin.line}"), code(mask.hide(entry_identity(rule))))
        for rule in covered.never
    )
    title = f"{len(covered.never):,} of {count(covered.rules, 'rule')} decide in no test and for no device"
    yield table_block(title, ("Where", "Rule"), never if found else (), len(covered.never) if found else 0, "rules")


def _place(each: Outcome, mask: NameMask) -> str:
    return code(f"{mask.hide(each.origin.path)}:{each.origin.line}")


def _what(each: Outcome, mask: NameMask) -> str:
    words = (f"{each.outcome} {each.kind}: {each.name}", *each.lines)
    return "<br>".join(long_text(mask.hide(line)) for line in words)
