"""The exact difference of two configurations of 100,000 rules each, beside sorting their keys.

Run: python -m tests.benchmarks.bench_diff
"""

from __future__ import annotations

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.analysis.compare import compare
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import ORGANIZATION, RULE, State
from tests.benchmarks.measure import seconds
from tests.worlds import by_key, entity

RULES = 100_000
LEVELS = ("Allow", "Block", "Quarantine")


def configuration(shift: int) -> State:
    """Return rules over all characteristics; every thousandth has another level where `shift` is 1."""
    rules = []
    for number in range(RULES):
        name, query = CHARACTERISTICS[number % 4], f"value {number}"
        level = LEVELS[(number // 4 + (shift if number % 1000 == 0 else 0)) % 3]
        rules.append(entity(RULE, Characteristic=name, QueryString=query, AccessLevel=level))
    return State.of(entity(ORGANIZATION, DefaultAccessLevel="Quarantine"), by_key(rules))


def main() -> None:
    old, new = configuration(0), configuration(1)
    keys = [*(old.rules or {}), *(new.rules or {})]
    reference = seconds(lambda: sorted(keys))
    models = AccessModel(old, Facts()), AccessModel(new, Facts())
    ready = seconds(lambda: (AccessModel(old, Facts()), AccessModel(new, Facts())))
    wall = seconds(lambda: compare(*models))
    found = compare(*models)
    print(f"reference: sorting {len(keys):,} keys        {reference * 1000:9.1f} ms")
    print(f"models made ready                  {ready * 1000:9.1f} ms {ready / reference:7.2f} x")
    print(f"compared, {len(found.regions)} regions              {wall * 1000:9.1f} ms {wall / reference:7.2f} x")
    print(f"together {ready + wall:.2f} s, {'within' if ready + wall <= 1 else 'OVER'} 1 s")


if __name__ == "__main__":
    main()
