"""A journal that somebody edited: refused, or a plan that can be saved, and a script whose fixed part stays."""

from __future__ import annotations

import copy
import json
import sys
from typing import TYPE_CHECKING, Any

from policylint.errors import LiteralError, PolicylintError
from policylint.plan.journal import read_journal
from policylint.plan.make_back import make_plan_back
from policylint.plan.planfile import plan_record, read_plan
from policylint.render.powershell import render_converge_script
from policylint.source import Source
from tests.fuzz.driver import check_refusal, main, tried
from tests.fuzz.fuzz_plan import TEMPLATE, check_script
from tests.fuzz.mutate import change_text, change_value
from tests.journals import Scribe
from tests.plans import DEVICE, LIVE, rich_plan
from tests.texts import TODAY
from tests.worlds import FREE, STORE, config, snapshot

if TYPE_CHECKING:
    from random import Random

INPUTS = 40
MADE = rich_plan()
THERE = snapshot(LIVE, [DEVICE])
CONFIG = config(guards=FREE)
LINES = Scribe(MADE, THERE.state).run(range(len(MADE.steps))).lines


def fuzz(random: Random) -> None:
    """Edit a journal, in one line or alike in all that are about a step, and look at what takes it back."""
    lines = copy.deepcopy(LINES)
    if random.random() < 0.7:
        change_step(lines, random)
    else:
        change_value(random.choice([lines, random.choice(lines)]), random)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    if random.random() < 0.1:
        text = change_text(text, random)
    tried(text)
    try:
        journal = read_journal(Source("j.jsonl", text), STORE, random.choice((None, None, MADE)))
        plan = make_plan_back(journal, THERE, CONFIG, STORE, now=TODAY)
    except PolicylintError as problem:
        check_refusal(problem)
        return
    assert plan == read_plan(json.dumps(plan_record(plan)), "back.json", STORE, TODAY)
    try:
        script = render_converge_script(TEMPLATE, plan, STORE)
    except LiteralError as problem:
        check_refusal(problem)
        return
    check_script(script, plan)


def change_step(lines: list[dict[str, Any]], random: Random) -> None:
    """Change the object of a step, and say the same in all lines about it."""
    step = random.choice(sorted({line["step"] for line in lines if line["step"] is not None}))
    start, *others = (line for line in lines if line["step"] == step)
    change_value(start["object"] if random.random() < 0.3 else start["object"]["changes"], random)
    try:
        values = Scribe.values(start["object"])
    except (KeyError, TypeError):
        return
    for line in (start, *others):
        line.update(values)


if __name__ == "__main__":
    sys.exit(main(fuzz))
