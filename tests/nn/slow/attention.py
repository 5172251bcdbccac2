"""Attention among frames, patches, windows and pixels: which positions form a token, which tokens form a group."""

from __future__ import annotations

import math
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
    query: Tensor, keys: Tensor, values: Tensor, shown: list[int], bias: Tensor | None, *, outside: bool = False
) -> Tensor:
    """What one prepared query gets of `(N, features)`, of which it looks at those that are `shown`.

    A query to which none are shown looks at all. `outside` adds the bias to the weights after the softmax, those of
    zero among them, as the original does.
    """
    shown = shown or list(range(len(keys)))
    scores = keys[shown] @ query
    if bias is not None and not outside:
        scores = scores + bias[shown]
    weights = torch.exp(scores - scores.detach().max())
    got = weights / weights.sum() @ values[shown]
    return got + bias @ values if bias is not None and outside else got


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
            row.append(answer(query, torch.stack(keys), torch.stack(values), list(range(seen)), None))
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
    done = [linear(channels, w, name) for channels in by_pixel(x).values()]
    return torch.stack(done, 1).view(-1, *x.shape[1:])


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


def by_pixel(x: Tensor) -> dict[Triple, Tensor]:
    """The channels of every pixel."""
    size: Triple = tuple(x.shape[1:])  # type: ignore[assignment]
    return dict(zip(boxes(size), x.flatten(1).unbind(1), strict=True))


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
    table = w.get("attn.relative_position.table")
    assert table is None or table.shape == (math.prod(2 * n - 1 for n in tokens.grid), heads)

    pixels_of = {role: by_pixel(image) for role, image in images.items()}

    def features(role: str, token: Token) -> Tensor:
        vector = torch.cat([pixels_of[role][pixel] for pixel in token.pixels(steps[role])])
        return vector if projection == "conv" else linear(vector, w, f"attn.{role}")

    def visible(token: Token, head: int, length: int) -> bool:
        """Whether any feature of this head lies inside of the map."""
        pixels = token.pixels(steps["key"])
        inside = [all(i * s < n for i, s, n in zip(p, steps["key"], size, strict=True)) for p in pixels]
        channels = length // len(pixels)
        return any(inside[f // channels] for f in range(head * length // heads, (head + 1) * length // heads))

    placed: dict[Triple, Tensor] = {}
    for group in tokens.groups:
        vectors = {role: [features(role, token) for token in group] for role in ROLES}
        answers: list[list[Tensor]] = [[] for _ in group]
        for head in range(heads):
            queries, keys, values = ([share(v, heads, head) for v in vectors[role]] for role in ROLES)
            shown = [j for j, token in enumerate(group) if visible(token, head, len(vectors["key"][j]))]
            seen = torch.stack([score.prepare(k) for k in keys]), torch.stack(values), shown
            biases: list[Tensor | None] = [None] * len(group)
            if table is not None:
                rows = [[offset_row(a.place, b.place, tokens.grid) for b in group] for a in group]
                biases = list(table[:, head][torch.tensor(rows)].unbind(0))
            for i, query in enumerate(queries):
                answers[i].append(answer(score.prepare(query), *seen, biases[i], outside=bias_outside))
        for token, parts in zip(group, answers, strict=True):
            pixels = token.pixels()
            placed.update(zip(pixels, torch.cat(parts).chunk(len(pixels)), strict=True))
    return output(torch.stack([placed[pixel] for pixel in boxes(size)], 1).view(-1, *size), w)


def offset_row(of: Triple, towards: Triple, grid: Triple) -> int:
    """The row of the position bias for a pair of places: one for every offset, row-major over d, h, w."""
    row = 0
    for i, j, n in zip(of, towards, grid, strict=True):
        row = row * (2 * n - 1) + (i - j + n - 1)
    return row
