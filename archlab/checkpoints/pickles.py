"""A pickle looked over before it is read: what it would make besides tensors, and what it would nest or blow up."""

from __future__ import annotations

import re
from pickle import UnpicklingError
from pickletools import genops
from typing import IO

# What the pickles of state dicts, optimizers and schedulers name. torch's restricted reader knows more, of which some
# make gigabytes out of a few bytes: `bytearray`, `_codecs.encode`, tensors of other layouts or devices.
NEEDED = re.compile(
    r"collections (OrderedDict|Counter)"
    r"|(builtins|__builtin__) (set|complex)"
    r"|torch(\.cuda|\.storage|\.nn\.parameter)? \w+"
    r"|torch\._utils _rebuild_(tensor(_v[23])?|parameter(_with_state)?|meta_tensor_no_storage)"
    r"|torch\._tensor _rebuild_from_type_v2"
    r"|torch\.serialization _get_layout"
)
TUPLES = 1000  # inside of one tuple, each as often as it is referred to: what hashing it walks through
CONSTANTS = {
    *("NONE", "NEWFALSE", "NEWTRUE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"),
    *("SHORT_BINSTRING", "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET"),
}
TAKEN = {"APPEND": 1, "SETITEM": 2, "BUILD": 1}  # from the stack, into what lies beneath
MADE = {"REDUCE": 2, "NEWOBJ": 2, "BINPERSID": 1}  # from the stack, of which one object is made
SHORT_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Refused(Exception):
    """Why a pickle is not read: the end of a sentence that begins with its file."""


def look_over(file: IO[bytes]) -> None:
    """Follow one pickle without making anything; the file stands behind it then.

    The stack and the memo hold, for every object, how many tuples are inside of it as a tuple; of nothing else that
    can be in a key is hashing recursive.

    Raises Refused for objects that state dicts do not need and for tuples that nest too deep; UnpicklingError, and
    whatever `pickletools` raises, for what is no pickle that torch's restricted reader takes.
    """
    stack: list[int] = []
    below: list[list[int]] = []  # what lies under the marks
    memo: dict[object, int] = {}
    for opcode, arg, _ in genops(file):
        code = opcode.name
        if code == "GLOBAL":
            if not NEEDED.fullmatch(str(arg)):
                what = str(arg).replace(" ", ".")
                raise Refused(f"holds objects beside plain tensors, such as {what}, and only tensors are read.")
            stack.append(0)
        elif code in CONSTANTS:
            stack.append(0)
        elif code == "MARK":
            below.append(stack)
            stack = []
        elif code in ("TUPLE", "APPENDS", "SETITEMS"):
            items, stack = stack, below.pop()
            if code == "TUPLE":
                stack.append(_tuple(items))
        elif code in SHORT_TUPLES:
            stack.append(_tuple(_popped(stack, SHORT_TUPLES[code])))
        elif code in TAKEN:
            _popped(stack, TAKEN[code])
        elif code in MADE:
            _popped(stack, MADE[code])
            stack.append(0)
        elif code in ("BINPUT", "LONG_BINPUT"):
            memo[arg] = stack[-1]
        elif code in ("BINGET", "LONG_BINGET"):
            stack.append(memo[arg])
        elif code not in ("PROTO", "STOP"):
            raise UnpicklingError(f"state dicts have no {code}")


def _popped(stack: list[int], count: int) -> list[int]:
    return [stack.pop() for _ in range(count)]


def _tuple(items: list[int]) -> int:
    tuples = sum(items) + 1
    if tuples > TUPLES:
        raise Refused(f"holds a tuple with more than {TUPLES} tuples inside, which no weights need.")
    return tuples
