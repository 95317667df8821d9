"""A saved plan that somebody edited, with a fingerprint that fits: refused, or a script whose fixed part stays."""

from __future__ import annotations

import copy
import json
import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.adapters import resources
from policylint.errors import PolicylintError
from policylint.plan.planfile import fingerprint, plan_record, read_plan
from policylint.render.plan.html import render_html
from policylint.render.plan.markdown import render_markdown
from policylint.render.plan.text import render_plan
from policylint.render.plan.view import view_of
from policylint.render.powershell import render_converge_script
from policylint.render.style import Style
from tests.fuzz.driver import check_refusal, main, tried
from tests.fuzz.mutate import change_text, change_value
from tests.laws.powershell_reader import unquote
from tests.plans import rich_plan
from tests.texts import TODAY
from tests.worlds import STORE

if TYPE_CHECKING:
    from random import Random

    from policylint.plan.plan import Plan

TEMPLATE = resources.read_script("converge.ps1").replace("\r\n", "\n")
BEFORE, AFTER = TEMPLATE.split("$Plan = @{}\n")
RECORDS = [plan_record(rich_plan({"snapshot-max-age-hours": 24})), plan_record(rich_plan({"max-newly-denied": 0}))]


def fuzz(random: Random) -> None:
    """Edit a saved plan, read it, and look at the script that it makes."""
    record = copy.deepcopy(random.choice(RECORDS))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        change_value(record, random)
    record["fingerprint"] = fingerprint(record)
    text = json.dumps(record, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.2:
        text = change_text(text, random)
    tried(text)
    try:
        plan = read_plan(text, "plan.json", STORE, TODAY + timedelta(hours=random.randrange(3)))
        render_plan(plan, STORE, style=Style(color=False, width=80), full=True)
        view = view_of(plan, STORE, people=random.random() < 0.5, full=True, fingerprint="", now=TODAY)
        assert (render_markdown(view, command="policylint plan") + render_html(view)).isascii()
        script = render_converge_script(TEMPLATE, plan, STORE)
    except PolicylintError as problem:
        check_refusal(problem)
        return
    check_script(script, plan)


def check_script(script: str, plan: Plan) -> None:
    """Raise AssertionError where a script is not the template with the plan as data."""
    assert script.isascii()
    assert script.count("\r\n") == script.count("\n") == script.count("\r")
    head, _, rest = script.replace("\r\n", "\n").partition("<#")
    *comments, blank = head.splitlines()
    assert blank == ""
    assert 3 <= len(comments) <= 4
    assert all(line.startswith("# ") for line in comments)
    said = "\n".join(line.removeprefix("# ") for line in comments[1:])
    assert re.fullmatch(r"[A-Za-z0-9 ,.:+\n-]+", said)
    assert f"<#{rest}".startswith("<#" + BEFORE.partition("<#")[2].replace("<plan>", said))
    assert rest.endswith(AFTER)
    lines = script.replace("\r\n", "\n").removesuffix(AFTER).partition("$Plan = @{\n")[2].splitlines()
    steps = lines[lines.index("    'steps' = @(") + 1 :] if plan.steps else []
    rows = (line.strip().removesuffix(",").removeprefix(",") for line in steps if line.startswith("        "))
    shown = [(row[0], row[5][0] if row[4] is None else row[4]) for row in map(unquote, rows)]
    assert [(step.id, step.identity) for step in plan.steps] == shown
    for line in lines[: lines.index("}")]:
        row = line.strip().removesuffix(",").removeprefix(",")
        if not line.endswith("@(") and row not in {")", "@()"} and not row.endswith("= @()"):
            unquote(row.partition(" = ")[2] if line.startswith("    '") else row)


if __name__ == "__main__":
    sys.exit(main(fuzz))
