"""The converging script checks the evidence of its plan before its first change, by code of its own."""

from __future__ import annotations

import copy
import re
import subprocess
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings

from policylint.adapters.resources import read_script
from policylint.plan.evidence_table import evidence_table, table_digest
from policylint.plan.planfile import plan_record
from policylint.render.literals import literal
from policylint.render.powershell import render_converge_script
from tests.evidence import leaves, others, telling_plan
from tests.laws.reference_exchange import planned
from tests.plans import rich_plan
from tests.powershell import scenes
from tests.strategies import declared_states, live_states
from tests.unit.test_checker import DECIDING, EVERY
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from policylint.model.state import State

SOUND = "sound"


def table_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return what a script has of a plan for the check."""
    evidence, classes = evidence_table(record)
    return {"evidence": evidence, "classes": classes, "steps": record["steps"]}


def checked(pwsh: str, folder: Path, tables: Iterable[dict[str, Any]]) -> list[str]:
    """Return what the script says of each table, all in one run of the engine."""
    parts = [(scenes.SCRIPTS / name).read_text("ascii") for name in ("common.ps1", "evidence.ps1")]
    compare = re.search(r"^function ConvertTo-Set\(.*?^\}\n", read_script("converge.ps1"), re.MULTILINE | re.DOTALL)
    assert compare is not None
    rows = ",\n".join(literal({"digest": table_digest(table), **table}) for table in tables)
    lines = (
        f"$plans = @(\n{rows}\n)\n"
        "foreach ($Plan in $plans) {\n"
        f"    try {{ Assert-Table; Assert-Evidence; '{SOUND}' }}\n"
        "    catch { $_.Exception.Message }\n"
        "}\n"
    )
    path = folder / "check.ps1"
    path.write_text("[CmdletBinding()]\nparam()\n\n" + "\n".join([parts[0], compare[0], parts[1], lines]), "ascii")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert "" == done.stderr
    return done.stdout.splitlines()


def edited(table: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Yield a table with another value in each place that the check is about, with the place."""
    for keys, value in list(leaves(table)):
        if keys[0] == "steps":
            change = table["steps"][keys[1]]["changes"][keys[3]] if keys[2] == "changes" else {}
            decides = change.get("property") in DECIDING and keys[4] in {"before", "after"}
            if not decides and keys[2] not in {"opens", "closes"}:
                continue
        elif keys[:2] in {("evidence", "precedence"), ("evidence", "policies")}:
            continue  # which policies no device is held to, and how ties are decided that are not there, tells nothing
        elif keys[0] == "classes" and keys[2] in {1, 2} and table["classes"][keys[1]][3] == 0:
            continue  # of two that keep a device out, either may be named where it stays out
        for other in others(value)[:2]:
            found = copy.deepcopy(table)
            holder: Any = found
            for key in keys[:-1]:
                holder = holder[key]
            holder[keys[-1]] = other
            yield keys, found


def by_hand(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a table with another value in one place that the evidence tells nothing about."""
    places = [(keys, value) for keys, value in leaves(table) if keys[0] in {"steps", "odd"}]
    for keys, value in places[::EVERY]:
        found = copy.deepcopy(table)
        holder: Any = found
        for key in keys[:-1]:
            holder = holder[key]
        holder[keys[-1]] = f"{value}" if isinstance(value, int) else others(value)[0]
        yield found


def test_what_is_made_is_sound_and_what_is_edited_is_not(pwsh: str, tmp_path: Path) -> None:
    sound = [telling_plan()]

    @settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(live_states(), declared_states())
    def plans(live: State, declared: State) -> None:
        sound.append(plan_record(planned(live, declared)))

    plans()
    edits = list(edited(table_of(sound[0])))[::EVERY]
    odd = {**table_of(sound[0]), "odd": ["", "\u2019\U0001f4f1' #", "1'", 2**40, None, [["a"]], [[]], True, {"b": -1}]}
    touched = [{**table, "digest": table_digest(odd)} for table in by_hand(odd)]
    tables = [*map(table_of, sound), *(table for _keys, table in edits)]
    said = checked(pwsh, tmp_path, [*tables, odd, *touched])
    assert SOUND == said[len(tables)]
    assert {"the plan contradicts itself: the table of the script was edited; make it again, nothing was changed"} == {
        *said[len(tables) + 1 :]
    }
    assert len(touched) > 10
    said = said[: len(tables)]
    assert [SOUND] * len(sound) == said[: len(sound)]
    assert len(edits) > 30
    assert [] == [keys for (keys, _table), each in zip(edits, said[len(sound) :], strict=True) if each == SOUND]
    assert {"the plan contradicts itself"} == {each.partition(":")[0] for each in said[len(sound) :]}


def test_the_script_of_a_plan_has_its_evidence() -> None:
    made = rich_plan()
    script = render_converge_script(read_script("converge.ps1"), made, STORE)
    evidence, classes = evidence_table(plan_record(made))
    assert f"    'evidence' = {literal(evidence)}\r\n" in script
    assert classes
    assert all(f"        {literal(each)}" in script for each in classes)
