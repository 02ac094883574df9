"""Parameters in bracket notation: ``filter[ids][]=1&filter[customFields][code][min]=5``."""

from urllib.parse import parse_qsl

Node = dict[str, "str | Node"]
"""Parsed parameters. A list is a node whose names are its indexes."""


def parse(text: str) -> Node:
    """The parameters of a query string or a form body; of a repeated name the last one counts."""
    parameters: Node = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _put(parameters, _names(name), value)
    return parameters


def strings(node: "str | Node | None") -> list[str]:
    """The plain values right below a node, in their order; none for a plain value."""
    if not isinstance(node, dict):
        return []
    return [value for value in node.values() if isinstance(value, str)]


def _names(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    return [head, *rest.removesuffix("]").split("][")] if bracket else [head]


def _put(node: Node, names: list[str], value: str) -> None:
    for name in names[:-1]:
        below = node.get(name)
        if not isinstance(below, dict):
            below = {}
            node[name] = below
        node = below
    node[names[-1] or str(len(node))] = value
