"""A comparison goes over every client that a request can have."""

from __future__ import annotations

from itertools import product
from typing import get_args

from policylint.access.request import Client, ClientKind, Enforcement, client_of
from policylint.analysis.client_states import CLIENT_STATES, STATE_OF_CLIENT, client, device_in, in_words


def test_every_client_has_a_state() -> None:
    outdated = {kind: (True, False, None) if kind == "EAS" else (None,) for kind in get_args(ClientKind)}
    every = {
        Client(kind, old, enrolled, enforcement)
        for kind, olds in outdated.items()
        for old, enrolled, enforcement in product(olds, (False, True), get_args(Enforcement))
    }
    assert every == STATE_OF_CLIENT.keys()


def test_a_device_in_a_state_is_a_client_in_it() -> None:
    for state in CLIENT_STATES:
        assert client(state) == client_of(device_in(state, "", None, "X"))


def test_states_in_words() -> None:
    eas, other = frozenset({0, 1, 2}), frozenset({3})
    anything = (frozenset(range(2)), frozenset(range(4)))
    assert ("Exchange ActiveSync or Exchange ActiveSync below 16.1",) == in_words((eas, *anything))
    assert ("Outlook mobile", "enforcing their policy") == in_words((other, anything[0], frozenset({0, 3})))
