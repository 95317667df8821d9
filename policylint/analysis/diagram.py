"""Combinations of domains that have a label, as few products as possible, by a multi-valued decision diagram.

A state is what a combination of elements comes to: the diagram goes from the initial state over an element of each
domain to the next state, and nodes from which the same labels are reached are one. How many products come out depends
on the variable order, the order in which the domains are taken; there are few domains, so every order is tried.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

State = TypeVar("State", bound="Hashable")
Element = TypeVar("Element", bound="Hashable")
Label = TypeVar("Label", bound="Hashable")


class _Diagram(Generic[Element, State, Label]):
    """A multi-valued decision diagram for one variable order: nodes that lead to the same labels are one node."""

    def __init__(
        self,
        domains: Sequence[Sequence[Element]],
        transition: Callable[[int, State, Element], State],
        label: Callable[[State], Label | None],
        order: Sequence[int],
    ) -> None:
        self._domains, self._transition, self._label, self._order = domains, transition, label, order
        self._known: dict[tuple[int, State], int] = {}
        self._ids: dict[object, int] = {}
        self._nodes: list[tuple[tuple[frozenset[Element], int], ...]] = [()]
        self._labels: dict[int, Label] = {}
        self._paths: dict[int, int] = {0: 0}

    def node(self, depth: int, state: State) -> int:
        """Return the number of the node reached with a state; 0 where nothing below has a label."""
        known = self._known.get((depth, state))
        if known is not None:
            return known
        if depth == len(self._order):
            label = self._label(state)
            number = 0 if label is None else self._number((), ("label", label))
            if label is not None:
                self._labels[number], self._paths[number] = label, 1
        else:
            place = self._order[depth]
            below: dict[int, list[Element]] = {}
            for element in self._domains[place]:
                below.setdefault(self.node(depth + 1, self._transition(place, state, element)), []).append(element)
            below.pop(0, None)
            edges = tuple((frozenset(elements), child) for child, elements in below.items())
            number = self._number(edges, (depth, frozenset(edges))) if edges else 0
            if edges:
                self._paths[number] = sum(self._paths[child] for _, child in edges)
        self._known[depth, state] = number
        return number

    def _number(self, edges: tuple[tuple[frozenset[Element], int], ...], key: object) -> int:
        number = self._ids.get(key)
        if number is None:
            number = self._ids[key] = len(self._nodes)
            self._nodes.append(edges)
        return number

    def paths(self, node: int) -> int:
        """Return how many products are below a node."""
        return self._paths[node]

    def products(self, node: int) -> Iterator[tuple[tuple[frozenset[Element], ...], Label]]:
        """Yield each product below a node with its label; no two have anything in common."""
        for path, label in self._walk(node):
            ordered = sorted(zip(self._order, path, strict=True), key=lambda pair: pair[0])
            yield tuple(elements for _, elements in ordered), label

    def _walk(self, node: int) -> Iterator[tuple[list[frozenset[Element]], Label]]:
        if node in self._labels:
            yield [], self._labels[node]
        for elements, child in self._nodes[node]:
            for path, label in self._walk(child):
                yield [elements, *path], label


def products(
    domains: Sequence[Sequence[Element]],
    transition: Callable[[int, State, Element], State],
    initial: State,
    label: Callable[[State], Label | None],
) -> tuple[tuple[tuple[frozenset[Element], ...], Label], ...]:
    """Return every combination of the domains that has a label, as few products as a variable order gives.

    `transition` leads from a state over an element of a domain to the next state, whatever the variable order; `label`
    names what is reached, None where that is of no interest. No two products have anything in common, and they come in
    no special order.
    """
    best: tuple[int, _Diagram[Element, State, Label], int] | None = None
    for order in permutations(range(len(domains))):
        diagram = _Diagram(domains, transition, label, order)
        root = diagram.node(0, initial)
        number = diagram.paths(root)
        if best is None or number < best[0]:
            best = number, diagram, root
        if number <= 1:
            break
    assert best is not None
    return tuple(best[1].products(best[2]))
