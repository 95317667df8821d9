"""The example that counts many snapshots runs on a cluster of two processes, and counts what each snapshot has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import policylint

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
CONTOSO = EXAMPLES / "contoso"


def expected(snapshots: Iterable[Path]) -> list[str]:
    """Return what the example prints, by each device of each snapshot."""
    moves: Counter[str] = Counter()
    total = 0
    for snapshot in snapshots:
        for access in policylint.load(CONTOSO, snapshot=snapshot).simulate().devices:
            total += 1
            if access.changed:
                assert access.live is not None
                moves[f"{access.live.state} -> {access.desired.state}"] += 1
    return [str(total), str(moves.total()), *sorted(f"{number} {move}" for move, number in moves.items())]


def test_the_example_counts_every_snapshot(tmp_path: Path) -> None:
    snapshots = [tmp_path / f"{number}.json" for number in range(3)]
    for path in snapshots:
        shutil.copy(CONTOSO / "live.json", path)
    environment = {**os.environ, "DASK_DISTRIBUTED__ADMIN__LOG_LENGTH": "0", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "many-snapshots" / "replay.py"), str(CONTOSO), *map(str, snapshots)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    first, *moves = done.stdout.splitlines()
    words = first.replace(",", "").split()
    total, changed = words[0], words[5]
    assert "3" == words[3]
    assert expected(snapshots) == [total, changed, *sorted(" ".join(line.split()) for line in moves)]
