"""Attention among frames, patches, windows and pixels: which positions form a token, which tokens form a group."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from tests.nn.slow.plain import Triple, Weights, convolution, linear

ONE: Triple = (1, 1, 1)
ROLES = ("query", "key", "value")


class Score(NamedTuple):
    """How a query meets a key."""

    kind: Literal["cosine", "dot"] = "cosine"
    normalize: bool = False

    def prepare(self, v: Tensor) -> Tensor:
        """A query or a key before the product, such that the product is the score."""
        if self.kind == "cosine":
            length = torch.sqrt((v * v).sum()) if bool(v.any()) else 1.0  # nothing has no direction
            return v / length
        if self.normalize:
            mean = v.sum() / len(v)
            v = (v - mean) / torch.sqrt(((v - mean) ** 2).sum() / (len(v) - 1) + 1e-5)
        return v / len(v) ** 0.25


def answer(
    query: Tensor, keys: list[Tensor], values: list[Tensor], bias: list[Tensor | float], *, outside: bool = False
) -> Tensor:
    """What one prepared query gets; `outside` adds the bias after the softmax, as the original does."""
    if not keys:
        return torch.zeros_like(values[0]) if values else query.new_zeros(0)
    scores = torch.stack(keys) @ query
    added = torch.stack([torch.as_tensor(b, dtype=query.dtype) for b in bias])
    if not outside:
        scores = scores + added
    weights = torch.exp(scores - scores.detach().max())
    weights = weights / weights.sum()
    if outside:
        weights = weights + added
    return weights @ torch.stack(values)


def share(v: Tensor, heads: int, head: int) -> Tensor:
    """The features of one head: the `head`-th of equal consecutive parts."""
    size = len(v) // heads
    assert size * heads == len(v)
    return v[head * size : (head + 1) * size]


def temporal(x: Tensor, w: Weights, *, heads: int, score: Score, causal: bool = False, stride: Triple = ONE) -> Tensor:
    """Every frame of `(C, D, H, W)` looks at all of them, or at those up to itself; a token is C, H, W in order."""
    steps = {"query": stride, "key": stride, "value": ONE}
    images = {role: convolution(x, w, f"attn.{role}", steps[role]) for role in ROLES}
    tokens = {role: [image[:, d].reshape(-1) for d in range(x.shape[1])] for role, image in images.items()}
    parts = []
    for head in range(heads):
        queries, keys = ([score.prepare(share(v, heads, head)) for v in tokens[role]] for role in ("query", "key"))
        values = [share(v, heads, head) for v in tokens["value"]]
        row = []
        for t, query in enumerate(queries):
            seen = t + 1 if causal else len(keys)
            row.append(answer(query, keys[:seen], values[:seen], [0.0] * seen))
        parts.append(row)
    frames = [torch.cat([row[d] for row in parts]).view_as(images["value"][:, d]) for d in range(x.shape[1])]
    return output(torch.stack(frames, 1), w)


def output(x: Tensor, w: Weights) -> Tensor:
    """The output projection, where there is one."""
    if "attn.output_proj.weight" not in w:
        return x
    if w["attn.output_proj.weight"].dim() > 2:
        return convolution(x, w, "attn.output_proj")
    return each_pixel(x, w, "attn.output_proj")


def each_pixel(x: Tensor, w: Weights, name: str) -> Tensor:
    """A linear layer on the channels of every pixel."""
    out = x.new_zeros(w[f"{name}.weight"].shape[0], *x.shape[1:])
    for place in product(*(range(n) for n in x.shape[1:])):
        out[:, *place] = linear(x[:, *place], w, name)
    return out


class Token(NamedTuple):
    """A box of pixels; `place` is what the position bias counts distances by."""

    place: Triple
    corner: Triple
    extent: Triple

    def pixels(self, stride: Triple = ONE) -> list[Triple]:
        """Its pixels in the order d, h, w; with a stride, those of a map that is smaller by it."""
        spans = zip(self.corner, self.extent, stride, strict=True)
        return list(product(*(range(c // s, (c + e) // s) for c, e, s in spans)))


class Tokens(NamedTuple):
    """Groups of tokens that look at each other, and the grid that their places lie on."""

    groups: list[list[Token]]
    grid: Triple


def boxes(counts: Triple) -> list[Triple]:
    """All places of a grid in the order d, h, w."""
    return list(product(*(range(n) for n in counts)))


def at(index: Triple, step: Triple, base: Triple = (0, 0, 0)) -> Triple:
    """Where box `index` of boxes of `step` begins."""
    d, h, w = (b + i * s for b, i, s in zip(base, index, step, strict=True))
    return d, h, w


def tokens_of(among: str, size: Triple, window: Triple, patch: Triple = ONE, shifted: bool = False) -> Tokens:
    """How a map of `size` is grouped; `size` holds whole windows, and a window whole patches.

    among: "patches" of a window (L), "windows" at the same patch (G), "map" of windows (V), "pixels" of a window (S).
    """
    counts: Triple = tuple(n // k for n, k in zip(size, window, strict=True))  # type: ignore[assignment]
    inner: Triple = tuple(n // k for n, k in zip(window, patch, strict=True))  # type: ignore[assignment]
    if among == "patches":
        groups = [[Token(p, at(p, patch, at(win, window)), patch) for p in boxes(inner)] for win in boxes(counts)]
        return Tokens(groups, inner)
    if among == "windows":
        groups = [[Token(win, at(p, patch, at(win, window)), patch) for win in boxes(counts)] for p in boxes(inner)]
        return Tokens(groups, counts)
    if among == "map":
        return Tokens([[Token(win, at(win, window), window) for win in boxes(counts)]], counts)
    # A rolled map of whole windows with a mask is nothing but windows that begin `shift` later and end at the border.
    shift = [k // 2 if shifted and n > 1 else 0 for n, k in zip(counts, window, strict=True)]
    regions: dict[tuple[int, ...], list[Token]] = {}
    for pixel in boxes(size):
        moved = [divmod(i - s, k) for i, s, k in zip(pixel, shift, window, strict=True)]
        d, h, w = (rest for _, rest in moved)
        regions.setdefault(tuple(whole for whole, _ in moved), []).append(Token((d, h, w), pixel, ONE))
    return Tokens(list(regions.values()), window)


def filled(x: Tensor, size: Triple) -> Tensor:
    """Zeros at the end of every axis up to `size`."""
    out = x.new_zeros(x.shape[0], *size)
    out[:, : x.shape[1], : x.shape[2], : x.shape[3]] = x
    return out


def windowed(
    x: Tensor,
    w: Weights,
    *,
    among: str,
    window: Triple,
    patch: Triple = ONE,
    heads: int,
    score: Score,
    projection: str = "conv",
    stride: Triple = ONE,
    shifted: bool = False,
    bias_outside: bool = False,
) -> Tensor:
    """Attention on the volume `(C, D, H, W)`; window and patch as they are really cut.

    A map of no whole number of windows is filled up at the end; what lies there is not looked at, and cut off.
    """
    size: Triple = tuple(x.shape[1:])  # type: ignore[assignment]
    full: Triple = tuple(-(-n // k) * k for n, k in zip(size, window, strict=True))  # type: ignore[assignment]
    steps = {"query": stride, "key": stride, "value": ONE}
    images: dict[str, Tensor] = {}
    if projection == "conv":
        for role, step in steps.items():
            image = convolution(x, w, f"attn.{role}", step)
            images[role] = filled(image, tuple(n // s for n, s in zip(full, step, strict=True)))  # type: ignore[arg-type]
    else:
        assert stride == ONE
        images = dict.fromkeys(ROLES, filled(x, full))
    tokens = tokens_of(among, full, window, patch, shifted)

    def features(role: str, token: Token) -> Tensor:
        vector = torch.cat([images[role][:, *pixel] for pixel in token.pixels(steps[role])])
        return vector if projection == "conv" else linear(vector, w, f"attn.{role}")

    def visible(token: Token, head: int, length: int) -> bool:
        """Whether any feature of this head lies inside of the map."""
        pixels = token.pixels(steps["key"])
        inside = [all(i * s < n for i, s, n in zip(p, steps["key"], size, strict=True)) for p in pixels]
        channels = length // len(pixels)
        return any(inside[f // channels] for f in range(head * length // heads, (head + 1) * length // heads))

    bias = position_bias(w.get("attn.relative_position.table"), tokens.grid)
    placed: dict[Triple, Tensor] = {}
    for group in tokens.groups:
        vectors = {role: [features(role, token) for token in group] for role in ROLES}
        answers: list[list[Tensor]] = [[] for _ in group]
        for head in range(heads):
            queries, keys, values = ([share(v, heads, head) for v in vectors[role]] for role in ROLES)
            shown = [j for j, token in enumerate(group) if visible(token, head, len(vectors["key"][j]))]
            prepared = {j: score.prepare(keys[j]) for j in shown}
            for i, query in enumerate(queries):
                if not shown:
                    answers[i].append(torch.zeros_like(values[i]))
                    continue
                got = answer(
                    score.prepare(query),
                    [prepared[j] for j in shown],
                    [values[j] for j in shown],
                    [bias(group[i].place, group[j].place, head) for j in shown],
                    outside=bias_outside,
                )
                answers[i].append(got)
        for token, parts in zip(group, answers, strict=True):
            pixels = token.pixels()
            placed.update(zip(pixels, torch.cat(parts).chunk(len(pixels)), strict=True))
    rows = [
        torch.stack([torch.stack([placed[d, h, v] for v in range(size[2])], -1) for h in range(size[1])], -2)
        for d in range(size[0])
    ]
    return output(torch.stack(rows, 1), w)


def position_bias(table: Tensor | None, grid: Triple) -> Callable[[Triple, Triple, int], Tensor | float]:
    """The bias of a pair of places: one row of the table for every offset, row-major over d, h, w."""
    sizes = [2 * n - 1 for n in grid]

    def bias(of: Triple, towards: Triple, head: int) -> Tensor | float:
        if table is None:
            return 0.0
        assert len(table) == math.prod(sizes)
        row = 0
        for i, j, n, width in zip(of, towards, grid, sizes, strict=True):
            row = row * width + (i - j + n - 1)
        return table[row, head]

    return bias
