"""Count who would get in under the policy of a folder, over any number of sealed snapshots: on all cores or a cluster.

pip install 'policylint[dask]'
python replay.py policy-repository snapshots/*.json
"""

import sys
from functools import partial
from operator import add

import dask.bag
from dask.distributed import Client

import policylint


def read(folder: str, snapshot: str) -> policylint.Cohorts:
    """Return the devices of a snapshot, counted by what decides about them."""
    return policylint.load(folder, snapshot=snapshot).cohorts()


def main() -> None:
    """Print the number of devices, and from which access to which those go whose access would change."""
    folder, *snapshots = sys.argv[1:]
    with Client(processes=True, threads_per_worker=1, dashboard_address=None):  # or Client("tcp://scheduler:8786")
        files = dask.bag.from_sequence(snapshots, partition_size=1)
        cohorts = files.map(partial(read, folder)).fold(add, initial=policylint.Cohorts()).compute()
    simulation = cohorts.simulate()
    print(f"{simulation.total:,} devices of {len(snapshots)} snapshots, {simulation.changed:,} with other access")
    for (live, desired), devices in sorted(simulation.transitions.items(), key=str):
        print(f"{devices:>12,}  {live} -> {desired}")


if __name__ == "__main__":
    main()
