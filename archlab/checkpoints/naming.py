"""The language of name maps: which tensor of a file is which tensor of a net, as a table of rules."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

NUMBER = re.compile(r"\{(?:(?P<times>\d+)\*)?(?P<word>[a-z]+)(?:\+(?:(?P<plus>\d+)|(?P<more>[a-z]+)))?\}")
LEAF = r"(?:\.(?P<leaf>[a-z_]+))?"
Numbers = Mapping[str, int]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a tensor of a file on its way into a net, in this order; by default nothing.

    Attributes:
        part: it is the first number-th of as many equal parts along the first axis as the second number says.
        axes: the order that its axes are brought into; `(1, 0)` transposes a matrix.
        reshaped: it gets the shape of the net's tensor, its numbers in the same order.
    """

    part: tuple[int, int] = (0, 1)
    axes: tuple[int, ...] = ()
    reshaped: bool = False


AS_IT_IS = Change()


class Rule(msgspec.Struct, frozen=True):
    """A layer here and the same layer in a file.

    In both, `{word}` stands for a number; there, it may be reckoned with: `{step+1}`, `{2*column}`, `{before+cell}`.
    Here, an underscore between two numbers may be missing, as it is in the ids of blocks (`B03`, `B0_10`). Both are
    followed by the same word for the tensor (`weight`, `running_mean`), unless they end in one themselves.

    Attributes:
        ours: the layer in the net.
        theirs: the layer in the file; several, whose tensors follow each other here along the first axis.
        change: what becomes of the file's tensor.
        rising: two words; the rule is for names in which the first stands for the smaller number.
    """

    ours: str
    theirs: str | tuple[str, ...]
    change: Change = AS_IT_IS
    rising: tuple[str, str] | None = None


class Source(msgspec.Struct, frozen=True):
    """The names in a file that make one tensor of a net, and what becomes of them."""

    names: tuple[str, ...]
    change: Change = AS_IT_IS


class NameMap(msgspec.Struct, frozen=True, kw_only=True):
    """How the tensors of one kind of net are called by one origin.

    Attributes:
        origins: words that `load_weights` takes as `names`.
        layouts: layouts of the documents that it is for.
        rules: the table; the first that fits a name is taken.
        head: how the names of everything on top of the backbone begin in a file.
        heads: the kinds of head whose tensors the rules name.
        dead: how the names of what the origin stores and does not learn end in a file.
        further: numbers that follow from that of the column, for a net with these names: column -> word -> number.
    """

    origins: tuple[str, ...]
    layouts: tuple[str, ...]
    rules: tuple[Rule, ...]
    head: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    further: Callable[[Iterable[str]], Mapping[int, Numbers]] | None = None

    def sources(self, names: Iterable[str]) -> dict[str, Source]:
        """Where every tensor of a net is in a file; a tensor that no rule fits is left out."""
        names = list(names)
        further = self.further(names) if self.further else {}
        found = ((name, self._source(name, further)) for name in names)
        return {name: source for name, source in found if source is not None}

    def _source(self, name: str, further: Mapping[int, Numbers]) -> Source | None:
        for rule in self.rules:
            fitting = _pattern(rule.ours).fullmatch(name)
            if fitting is None:
                continue
            given = fitting.groupdict()
            leaf = given.pop("leaf", None)
            numbers = {word: int(number) for word, number in given.items()}
            if rule.rising and numbers[rule.rising[0]] >= numbers[rule.rising[1]]:
                continue
            numbers.update(further.get(numbers.get("column", -1), {}))
            theirs = (rule.theirs,) if isinstance(rule.theirs, str) else rule.theirs
            end = f".{leaf}" if leaf else ""
            return Source(tuple(f"{_filled(one, numbers)}{end}" for one in theirs), rule.change)
        return None


def within(ours: str, theirs: str, inner: Iterable[Rule]) -> Iterator[Rule]:
    """The rules of what is inside of something that has one name here and another there."""
    for rule in inner:
        inside = (rule.theirs,) if isinstance(rule.theirs, str) else rule.theirs
        names = tuple(f"{theirs}.{one}" for one in inside)
        yield msgspec.structs.replace(rule, ours=f"{ours}.{rule.ours}", theirs=names if len(names) > 1 else names[0])


@functools.lru_cache(maxsize=1024)
def _pattern(ours: str) -> re.Pattern[str]:
    """What fits our side of a rule: a group for every word, equal where it stands twice."""
    seen: set[str] = set()
    pattern, end = "", 0
    for place in NUMBER.finditer(ours):
        between, word = ours[end : place.start()], place["word"]
        pattern += "_?" if between == "_" and end else _literal(between)
        pattern += f"(?P={word})" if word in seen else rf"(?P<{word}>\d+?)"
        seen.add(word)
        end = place.end()
    return re.compile(pattern + _literal(ours[end:]) + LEAF)


def _literal(text: str) -> str:
    return re.sub(r"(?<=\d)_(?=\d)", "_?", re.escape(text))


def _filled(theirs: str, numbers: Numbers) -> str:
    """Their side of a rule with its numbers."""

    def number(place: re.Match[str]) -> str:
        more = numbers[place["more"]] if place["more"] else int(place["plus"] or 0)
        return str(int(place["times"] or 1) * numbers[place["word"]] + more)

    return NUMBER.sub(number, theirs)
