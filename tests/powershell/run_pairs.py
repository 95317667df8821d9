"""Random pairs all the way and back for as long as there is time, counted.

Run: python -m tests.powershell.run_pairs MINUTES FILE [SEED]. Writes the counts to the file after every pair, with what
failed; the pairs follow from the seed, which is 0 unless another is given. Returns 1 where anything failed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.powershell.exchange import Exchange
from tests.powershell.journeys import Tally, travel
from tests.powershell.pairs import EVENLY, FAULTS, worlds


class Runs:
    """All that is tried in the time that there is."""

    def __init__(self, minutes: float, target: Path) -> None:
        self.target = target
        self.begun = time.monotonic()
        self.end = self.begun + minutes * 60
        self.tally = Tally()
        self.failures: list[str] = []

    @property
    def is_over(self) -> bool:
        """Return whether the time is over."""
        return time.monotonic() >= self.end

    def report(self) -> None:
        """Write what was counted so far."""
        seconds = round(time.monotonic() - self.begun)
        counts = {"seconds": seconds, "failed": len(self.failures), "counts": self.tally.counts}
        text = json.dumps(counts, indent=1, sort_keys=True)
        self.target.write_text("\n".join([text, *self.failures]) + "\n", "utf-8")

    def try_some(self, pwsh: str, number: int) -> None:
        """Take the pairs of one seed all the way and back, in a process of their own."""
        with tempfile.TemporaryDirectory() as folder:
            exchange = Exchange(pwsh, Path(folder))
            try:
                self.try_with(exchange, number)
            except Exception:
                self.failures.append(f"seed {number}\n{traceback.format_exc()}")
            finally:
                exchange.close()
        self.report()

    def try_with(self, exchange: Exchange, number: int) -> None:
        """Take the pairs of one seed all the way and back."""

        @seed(number)
        @settings(
            max_examples=25,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(st.data())
        def run(data: st.DataObject) -> None:
            world = data.draw(worlds(exchange, whole=data.draw(st.integers(0, 3)) == 0))
            fault = FAULTS[data.draw(EVENLY) % len(FAULTS)](data.draw, world)
            if self.is_over:
                return
            travel(world, lambda several: data.draw(st.sampled_from(several)), fault, self.tally)
            self.report()

        run()


def main(minutes: float, target: Path, number: int = 0) -> int:
    """Return 1 where a pair failed, else 0."""
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        print("no pwsh on PATH")
        return 1
    runs = Runs(minutes, target)
    while not runs.is_over:
        runs.try_some(pwsh, number)
        number += 1
    return int(bool(runs.failures))


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:])))
