"""A sealed snapshot that somebody edited and sealed again: refused, or read by every command as what it says."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from policylint.bind.config import bind_config
from policylint.errors import PolicylintError
from policylint.plan.make import make_plan
from policylint.plan.planfile import plan_record, read_plan
from policylint.readers.device_lines import DeviceReader
from policylint.render.phrases import live_state_words
from policylint.render.plan.text import render_plan
from policylint.render.powershell import render_converge_script
from policylint.render.records import device_record, snapshot_record
from policylint.render.style import Style
from policylint.strict_json import parse_json
from tests.fuzz.driver import check_refusal, main, tried
from tests.fuzz.fuzz_plan import TEMPLATE, check_script
from tests.fuzz.mutate import change_text, change_value
from tests.plans import DEVICE, LIVE, WANTED
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, read_sealed, sealed

if TYPE_CHECKING:
    from random import Random

    from policylint.model.snapshot import Snapshot

_SEAL = b'"seal": '
_TIME = "2026-01-02T03:04:05Z"
_HEAD = {"mailbox": "ann@contoso.com", "Guid": "", "DeviceId": "", "FirstSyncTime": _TIME, "LastSuccessSync": None}
WHOLE = sealed(LIVE, [{**_HEAD, **DEVICE, "Guid": f"g{place}", "DeviceId": f"ID{place}"} for place in range(9)])
POLICY = bind(WANTED)
CONFIG = bind_config({"guards": FREE, "manage": {"mailboxes": "exact"}}, None, None, STORE)


def fuzz(random: Random) -> None:
    """Edit a snapshot, seal it again, read it on both paths, and plan from it."""
    body, _, end = WHOLE.partition(_SEAL)
    lines = body.decode("ascii").split("\n")
    for _ in range(random.choice((1, 1, 2))):
        place = random.randrange(len(lines))
        lines[place] = _changed(lines[place], random)
    if random.random() < 0.1:
        random.shuffle(lines)
    content = _sealed("\n".join(lines), end)
    if random.random() < 0.1:
        content = change_text(content.decode("utf-8", "replace"), random).encode()
    tried(content)
    found = _read(content)
    with patch.object(DeviceReader, "read_block", return_value=0):
        slow = _read(content)
    assert (found is None) == (slow is None), "the two paths differ"
    if found is None or slow is None:
        return
    assert [*found.devices] == [*slow.devices], "the two paths differ"
    parse_json(content.decode())
    _use(found)


def _changed(line: str, random: Random) -> str:
    """Return a line of a snapshot with what it holds changed, or its text."""
    begin = line.find("{", 1) if line.startswith(('{"header"', '"')) else 0
    if begin < 0 or not line or random.random() < 0.4:
        return change_text(line, random)
    end = line.rfind("}") + 1
    try:
        record: Any = json.loads(line[begin:end])
    except (ValueError, RecursionError):
        return change_text(line, random)
    change_value(record, random)
    return line[:begin] + json.dumps(record, ensure_ascii=random.random() < 0.5) + line[end:]


def _sealed(body: str, end: bytes) -> bytes:
    content = body.encode("utf-8", "replace")
    seal = json.loads(end.rstrip().removesuffix(b"}"))
    seal["sha256"] = hashlib.sha256(content).hexdigest()
    return content + _SEAL + json.dumps(seal).encode() + b"\n}\n"


def _read(content: bytes) -> Snapshot | None:
    try:
        return read_sealed(content)
    except PolicylintError as problem:
        check_refusal(problem)
        return None


def _use(found: Snapshot) -> None:
    """Do with a snapshot what commands do."""
    live_state_words(found, TODAY)
    json.dumps([snapshot_record(found, TODAY), *map(device_record, found.devices)])
    try:
        plan = make_plan(POLICY, found, CONFIG, STORE, now=TODAY)
        render_plan(plan, STORE, style=Style(color=False, width=80), full=True)
        text = json.dumps(plan_record(plan))
    except PolicylintError:
        return
    assert plan == read_plan(text, "plan.json", STORE, TODAY), "a plan that cannot be read back"
    try:
        script = render_converge_script(TEMPLATE, plan, STORE)
    except PolicylintError:
        return
    check_script(script, plan)


if __name__ == "__main__":
    sys.exit(main(fuzz))
