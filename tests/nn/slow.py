"""The cells once more, slowly: float64, one token, one pair and one window at a time, straight from the formulas.

Shares nothing with archlab but the names of the parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]


def conv3x3(x: Tensor, w: Weights, name: str) -> Tensor:
    """3x3 convolution of `(C, H, W)`, border mirrored without repeating the edge."""
    _, height, width = x.shape
    weight = w[f"{name}.weight"]
    out = torch.zeros(weight.shape[0], height, width, dtype=x.dtype)
    for dy, dx in product((-1, 0, 1), (-1, 0, 1)):
        rows = [_mirrored(y + dy, height) for y in range(height)]
        columns = [_mirrored(c + dx, width) for c in range(width)]
        shifted = x[:, rows][:, :, columns]
        out = out + torch.einsum("oc,chw->ohw", weight[:, :, dy + 1, dx + 1], shifted)
    bias = w.get(f"{name}.bias")
    return out if bias is None else out + bias[:, None, None]


def _mirrored(i: int, size: int) -> int:
    return -i if i < 0 else 2 * (size - 1) - i if i >= size else i


def instance_norm(x: Tensor) -> Tensor:
    """Every channel of `(C, H, W)` for itself."""
    channels = []
    for plane in x:
        mean = plane.sum() / plane.numel()
        variance = ((plane - mean) ** 2).sum() / plane.numel()
        channels.append((plane - mean) / torch.sqrt(variance + 1e-5))
    return torch.stack(channels)


def prelu(x: Tensor, w: Weights, name: str) -> Tensor:
    return torch.where(x > 0, x, w[f"{name}.weight"] * x)


def answer(
    queries: list[Tensor], keys: list[Tensor], values: list[Tensor], score: str, normalize: bool, bias: Callable
) -> list[Tensor]:
    """Attention of one head: a list of vectors in, a list of vectors out."""

    def standard(v: Tensor) -> Tensor:
        mean = v.sum() / len(v)
        return (v - mean) / torch.sqrt(((v - mean) ** 2).sum() / (len(v) - 1) + 1e-5)

    out = []
    for i, q in enumerate(queries):
        scores = []
        for j, k in enumerate(keys):
            if score == "cosine":
                s = (q / torch.sqrt((q * q).sum())) @ (k / torch.sqrt((k * k).sum()))
            elif normalize:
                s = standard(q) @ standard(k) / math.sqrt(len(q))
            else:
                s = q @ k / math.sqrt(len(q))
            scores.append(s + bias(i, j))
        weights = [torch.exp(s) for s in scores]
        total = sum(weights)
        out.append(sum(a / total * v for a, v in zip(weights, values, strict=True)))
    return out


def chunks(vectors: list[Tensor], heads: int, head: int) -> list[Tensor]:
    size = len(vectors[0]) // heads
    return [v[head * size : (head + 1) * size] for v in vectors]


def window_attention(
    x: Tensor,
    w: Weights,
    *,
    among: str,
    window: tuple[int, int],
    patch: tuple[int, int],
    heads: int,
    score: str = "cosine",
    normalize: bool = False,
    projection: str = "conv",
) -> Tensor:
    """Local ("patches") or global ("windows") attention of one frame `(C, H, W)`; window and patch as really cut."""
    _, height, width = x.shape
    (wh, ww), (ph, pw) = window, patch
    windows = list(product(range(height // wh), range(width // ww)))
    patches = list(product(range(wh // ph), range(ww // pw)))
    if among == "patches":
        groups = [[(win, pat) for pat in patches] for win in windows]
        grid = (wh // ph, ww // pw)
    else:
        groups = [[(win, pat) for win in windows] for pat in patches]
        grid = (height // wh, width // ww)

    def pixels(win: tuple[int, int], pat: tuple[int, int]) -> list[tuple[int, int]]:
        top, left = win[0] * wh + pat[0] * ph, win[1] * ww + pat[1] * pw
        return [(top + a, left + b) for a in range(ph) for b in range(pw)]

    def vector(image: Tensor, win: tuple[int, int], pat: tuple[int, int]) -> Tensor:
        return torch.cat([image[:, y, c] for y, c in pixels(win, pat)])

    table = w.get("attn.relative_position.table")

    def bias_of(head: int) -> Callable:
        def bias(i: int, j: int) -> Tensor | float:
            if table is None:
                return 0.0
            (iy, ix), (jy, jx) = divmod(i, grid[1]), divmod(j, grid[1])
            row = (iy - jy + grid[0] - 1) * (2 * grid[1] - 1) + (ix - jx + grid[1] - 1)
            return table[row, head]

        return bias

    if projection == "conv":
        images = {name: conv3x3(x, w, f"attn.{name}") for name in ("query", "key", "value")}
    channels = w["attn.value.weight"].shape[0] // (1 if projection == "conv" else ph * pw)
    place: dict[tuple[int, int], Tensor] = {}
    for group in groups:
        tokens = {}
        for name in ("query", "key", "value"):
            if projection == "conv":
                tokens[name] = [vector(images[name], *token) for token in group]
            else:
                weight, shift = w[f"attn.{name}.weight"], w[f"attn.{name}.bias"]
                tokens[name] = [weight @ vector(x, *token) + shift for token in group]
        answers = [
            answer(
                *(chunks(tokens[name], heads, head) for name in ("query", "key", "value")),
                score,
                normalize,
                bias_of(head),
            )
            for head in range(heads)
        ]
        for index, token in enumerate(group):
            whole = torch.cat([of_head[index] for of_head in answers])
            for position, (y, c) in enumerate(pixels(*token)):
                place[y, c] = whole[position * channels : (position + 1) * channels]
    out = torch.stack([torch.stack([place[y, c] for c in range(width)], -1) for y in range(height)], -2)
    return conv3x3(out, w, "attn.output_proj") if "attn.output_proj.weight" in w else out


def temporal_attention(frames: list[Tensor], w: Weights, *, heads: int, score: str, normalize: bool) -> list[Tensor]:
    """Every frame `(C, H, W)` of a sample looks at all of them; heads are groups of channels."""
    images = {name: [conv3x3(f, w, f"attn.{name}") for f in frames] for name in ("query", "key", "value")}
    channels = images["value"][0].shape[0]
    size = channels // heads
    out = [torch.empty(0, *frames[0].shape[1:], dtype=frames[0].dtype) for _ in frames]
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        vectors = [[image[part].flatten() for image in images[name]] for name in ("query", "key", "value")]
        for t, v in enumerate(answer(*vectors, score, normalize, lambda i, j: 0.0)):
            out[t] = torch.cat([out[t], v.view(size, *frames[0].shape[1:])])
    return [conv3x3(o, w, "attn.output_proj") for o in out]


def conv_module(x: Tensor, w: Weights) -> Tensor:
    """Convolution, instance norm, prelu, and the input where the channels stay."""
    out = prelu(instance_norm(conv3x3(x, w, "conv.conv")), w, "conv.act")
    return out + x if out.shape == x.shape else out


def conv_mixer(x: Tensor, w: Weights) -> Tensor:
    return conv3x3(prelu(conv3x3(x, w, "mixer.fc1"), w, "mixer.act"), w, "mixer.fc2")


def linear_mixer(x: Tensor, w: Weights, patch: tuple[int, int]) -> Tensor:
    """The two linear layers on every patch, pixels first, channel last."""
    _, height, width = x.shape
    (ph, pw) = patch
    channels = w["mixer.fc2.weight"].shape[0] // (ph * pw)
    rows = []
    for top in range(0, height, ph):
        row = []
        for left in range(0, width, pw):
            v = torch.cat([x[:, top + a, left + b] for a in range(ph) for b in range(pw)])
            hidden = prelu(w["mixer.fc1.weight"] @ v + w["mixer.fc1.bias"], w, "mixer.act")
            v = w["mixer.fc2.weight"] @ hidden + w["mixer.fc2.bias"]
            row.append(v.view(ph, pw, channels).permute(2, 0, 1))
        rows.append(torch.cat(row, -1))
    return torch.cat(rows, -2)


def cell(
    x: Tensor,
    w: Weights,
    operation: Callable[[list[Tensor]], list[Tensor]],
    mixer: Callable[[Tensor], Tensor] | None,
    arrangement: str,
) -> Tensor:
    """A whole cell with instance2d on `(B, C, D, H, W)`, without stochastic depth."""
    samples = []
    for sample in x:
        frames = [sample[:, d] for d in range(sample.shape[1])]
        through = [conv3x3(f, w, "input_proj") if "input_proj.weight" in w else f for f in frames]
        normed = [instance_norm(f) for f in frames]
        out = [a + b for a, b in zip(through, operation(normed), strict=True)]
        if mixer is not None and arrangement == "parallel":
            out = [o + mixer(n) for o, n in zip(out, normed, strict=True)]
        elif mixer is not None:
            out = [o + mixer(instance_norm(o)) for o in out]
        samples.append(torch.stack(out, 1))
    return torch.stack(samples)
