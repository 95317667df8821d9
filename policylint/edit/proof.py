"""Another reader of YAML, which shows that an edit changes what it names and nothing else.

It reads the parts of a file that an edit is in, and shares no code with the reader that placed the edit. What it reads
afterwards is compared with what that reader read before, and where the two differ with what it reads before itself: so
most parts are read once. What a text means without quotes, such as `NO` or `0123`, is told by its tag, and compared
with it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.syntax.node import ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ruamel.yaml import YAML

    from policylint.edit.apply import Path
    from policylint.syntax.node import Node

    Tree: TypeAlias = Any
    """A scalar as its tag and its text, a sequence as a list, a mapping as a dictionary."""


class UnprovenError(ValueError):
    """A part of a file cannot be read on its own, or an edit changes more than it names."""


def tree_of(text: str) -> Tree:
    """Return what a part of a file says, None where it says nothing. Raises UnprovenError."""
    from ruamel.yaml.error import YAMLError

    try:
        return _tree(_reader().compose(text))
    except (YAMLError, RecursionError) as problem:
        raise UnprovenError("a part of the file cannot be read on its own") from problem


@cache
def _reader() -> YAML:
    """Return the reader, made once: for a small text that takes as long as reading it. It keeps no comments."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True)


def tree_of_nodes(nodes: Sequence[Node]) -> Tree:
    """Return what a list of nodes says, which the reader that placed the edit read."""
    resolver = _reader().resolver
    return [_tree_of_node(node, resolver) for node in nodes]


def _tree_of_node(node: Node, resolver: Any) -> Tree:
    if isinstance(node, ScalarNode):
        return (str(resolver.resolve(_scalar(), node.text, (node.plain, not node.plain))), node.text)
    if isinstance(node, SequenceNode):
        return [_tree_of_node(item, resolver) for item in node.items]
    return {key: _tree_of_node(value, resolver) for key, value in node.values.items()}


@cache
def _scalar() -> type:
    """Return the kind of node that the reader asks the tag of."""
    from ruamel.yaml.nodes import ScalarNode as Scalar

    return Scalar


def _tree(node: Any) -> Tree:
    if node is None:
        return None
    if node.id == "scalar":
        return (str(node.tag), node.value)
    if node.id == "sequence":
        return [_tree(item) for item in node.value]
    found: dict[Any, Tree] = {}
    for key, value in node.value:
        if key.value in found:
            raise UnprovenError(f"the key {key.value} is there twice")
        found[key.value] = _tree(value)
    return found


def without(tree: Tree, paths: Collection[Path]) -> Tree:
    """Return a tree without the values at some paths."""
    below: dict[str | int, list[Path]] = {}
    for path in paths:
        if not path:
            return None
        below.setdefault(path[0], []).append(path[1:])
    if isinstance(tree, list):
        pairs = enumerate(tree)
        return [without(child, below.get(key, ())) for key, child in pairs if () not in below.get(key, ())]
    if isinstance(tree, dict):
        return {k: without(child, below.get(k, ())) for k, child in tree.items() if () not in below.get(k, ())}
    return tree
