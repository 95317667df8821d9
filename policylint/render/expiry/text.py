"""What has expired as text: the verdict, what goes out of the policy and what becomes of it, and what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.config import OWNED
from policylint.model.state import RULE
from policylint.phrases import count
from policylint.render.style import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from policylint.analysis.exemptions import Ended, EndedComment, Expiry
    from policylint.model.config import Config
    from policylint.render.style import Style

_OUTCOMES = {
    "goes": "the plan takes it out of Exchange",
    "not-live": "it is not live",
    "stays-declared": "another entry of the policy still says it",
}


def render_expiry(
    found: Expiry,
    comments: Sequence[EndedComment],
    config: Config,
    problem: str | None,
    day: date,
    *,
    locks: Sequence[str],
    written: bool,
    style: Style,
) -> str:
    """Return what ended as text. `written` says whether the files are changed.

    `locks` are the files of locked values that change too. `problem` says why nobody knows what the policy declared
    when it was last applied.
    """
    parts = [f"{style.paint(_verdict(found, comments, day, written=written), 'bold')}\n"]
    rows = [
        (str(each.what.span()), each.what.words, f"{each.why}; {_outcome(each, config, problem)}")
        for each in found.ended
    ]
    rows += [(str(each.at), each.words, each.why) for each in comments]
    if rows:
        parts += ["\n", table(rows, screen=style.screen)]
    if found.kept:
        kept = [(str(each.what.span()), each.what.words, _kept(each.what.day, each.why)) for each in found.kept]
        parts += [f"\n{style.paint('expired, kept', 'yellow')}\n", table(kept, screen=style.screen)]
    parts += [f"\n{line}\n" for line in _next(found, locks, written=written)]
    return "".join(parts)


def _verdict(found: Expiry, comments: Sequence[EndedComment], day: date, *, written: bool) -> str:
    number = len(found.ended)
    kept = f"; {count(len(found.kept), 'expired entry is', 'expired entries are')} kept" if found.kept else ""
    if not number and not comments:
        return f"nothing to take out of the policy on {day}{kept}"
    words = [count(number, "exemption")] if number else []
    words += [count(len(comments), "ignore comment")] if comments else []
    verb = "taken out of the policy" if written else "would go out of the policy"
    return f"{' and '.join(words)} {verb}{kept}"


def _kept(day: date | None, why: str) -> str:
    return f"expired on {day}, kept: {why}"


def _outcome(ended: Ended, config: Config, problem: str | None) -> str:
    if ended.outcome == "remove":
        if ended.what.item is None:
            return "written as `null`, so that the plan takes it off"
        return "written under `Remove`, so that the plan takes it off the live list"
    if ended.outcome != "stays-live":
        return _OUTCOMES[ended.outcome]
    if ended.what.entity.kind == RULE:
        why = _why_it_stays(config, problem)
        return f"it stays in Exchange and is listed as drift (`manage`: {why}): remove it there"
    return "it stays as it is in Exchange"


def _why_it_stays(config: Config, problem: str | None) -> str:
    """Return the mode of rules, and where that is `owned` why it does not take out what is no longer declared."""
    mode = config.managed("deviceAccessRules").mode
    if mode != OWNED:
        return mode
    if problem is not None:
        return f"owned; {problem}"
    if config.since is None:
        return "owned, and there is no `since`"
    return f"owned, and it was not declared at `{config.since}`"


def _next(found: Expiry, locks: Sequence[str], *, written: bool) -> Iterator[str]:
    if not found.ended:
        return
    for path in locks:
        yield f"the values of what ended go out of {path} too"
    if written:
        yield "nothing has changed in Exchange yet; next: `policylint plan`"
    else:
        yield "nothing is written; run it without --dry-run and --diff to change the files"
