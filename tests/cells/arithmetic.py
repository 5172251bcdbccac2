"""Reads the arithmetic of the pages: assignments of sums and products, `[condition]` being 1 or 0."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.In: lambda a, b: a in b,
}
FUNCTIONS: dict[str, Callable[[Any], int]] = {"ceil": math.ceil, "floor": math.floor}


def run(text: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The names that the lines of `text` assign; a name stands for one thing, so nothing is assigned twice."""
    found: dict[str, Any] = {}
    for line in ast.parse(text).body:
        assert isinstance(line, ast.Assign), ast.unparse(line)
        (target,) = line.targets
        assert isinstance(target, ast.Name)
        assert target.id not in found
        assert target.id not in given
        found[target.id] = value(line.value, {**given, **found})
    return found


def evaluate(text: str, given: Mapping[str, Any]) -> Any:
    """One expression."""
    return value(ast.parse(text, mode="eval").body, given)


def value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """An expression of the few kinds that the pages use; anything else is an error."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return known[node.id]
        case ast.Tuple():
            return tuple(value(item, known) for item in node.elts)
        case ast.List(elts=[condition]):
            holds = value(condition, known)
            assert isinstance(holds, bool), ast.unparse(node)
            return int(holds)
        case ast.BinOp():
            return BINARY[type(node.op)](value(node.left, known), value(node.right, known))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return COMPARE[type(op)](value(left, known), value(right, known))
        case ast.BoolOp(op=ast.And()):
            return all(value(part, known) for part in node.values)
        case ast.IfExp():
            return value(node.body if value(node.test, known) else node.orelse, known)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            return FUNCTIONS[name](value(argument, known))
    raise SyntaxError(f"{ast.unparse(node)} is no arithmetic of a page")
