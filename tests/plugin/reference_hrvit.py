"""HRViT in plain torch, written from the publication's description with the names of its published weights.

Gu et al. 2022 (HRViT). The oracle of `test_nets.py`: nothing here knows archlab. Tokens are `(B, N, C)`, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def image(t: Tensor, h: int, w: int) -> Tensor:
    return t.transpose(1, 2).unflatten(2, (h, w))


def tokens(x: Tensor) -> Tensor:
    return x.flatten(2).transpose(1, 2)


def stripes_of_rows(q: Tensor, v: Tensor, ws: int, heads: int) -> Tensor:
    """Attention within stripes of `ws` rows of maps `(B, H, W, C)`, one stripe after another."""
    h, w, c = q.shape[1:]
    d = c // heads
    rows = math.ceil(h / ws) * ws
    q, v = (torch.cat([m, m.new_zeros(len(m), rows - h, w, c)], 1) for m in (q, v))
    done = []
    for start in range(0, rows, ws):
        qs, vs = (m[:, start : start + ws].reshape(len(m), ws * w, heads, d).permute(0, 2, 1, 3) for m in (q, v))
        scores = torch.einsum("bhnd,bhmd->bhnm", qs, vs) * d**-0.5
        real = torch.arange(start, start + ws).repeat_interleave(w) < h
        scores = scores + torch.where(real[:, None] & real, 0.0, -100.0).to(scores)
        done.append(torch.einsum("bhnm,bhmd->bhnd", scores.softmax(-1), vs).permute(0, 2, 1, 3).reshape(-1, ws, w, c))
    return torch.cat(done, 1)[:, :h]


class Attention(nn.Module):
    def __init__(self, c: int, ws: int, dim_head: int) -> None:
        super().__init__()
        self.ws = ws
        self.heads = max(c // 2 // dim_head, 1)
        self.to_qkv = nn.Linear(c, 2 * c)
        self.to_out = nn.Sequential(nn.Linear(c, c))
        self.attn_bn = nn.BatchNorm1d(c)
        self.parallel_conv = nn.Sequential(nn.Hardswish(), nn.Conv2d(c, c, 3, padding=1, groups=c))

    def forward(self, t: Tensor, h: int, w: int) -> Tensor:
        c = t.shape[-1]
        q, v = self.to_qkv(t).split(c, -1)
        qm, vm = q.unflatten(1, (h, w)), v.unflatten(1, (h, w))
        across = stripes_of_rows(qm[..., : c // 2], vm[..., : c // 2], self.ws, self.heads)
        turned = (m[..., c // 2 :].transpose(1, 2) for m in (qm, vm))
        down = stripes_of_rows(*turned, self.ws, self.heads).transpose(1, 2)
        near = self.parallel_conv(image(v, h, w)).permute(0, 2, 3, 1)
        y = self.to_out(F.hardswish(torch.cat([across, down], -1) + near)).flatten(1, 2)
        out: Tensor = self.attn_bn(y.transpose(1, 2)).transpose(1, 2)
        return out


class Kronecker(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.p = 2 ** math.ceil(math.floor(math.log2(c)) / 2)
        self.proj_right = nn.Linear(self.p, self.p)
        self.proj_left = nn.Linear(c // self.p, c // self.p)

    def forward(self, t: Tensor) -> Tensor:
        y = self.proj_right(t.reshape(*t.shape[:2], -1, self.p)).transpose(2, 3)
        y = self.proj_left(F.gelu(y)).transpose(2, 3)
        return y.reshape(t.shape)


class Mixed(nn.Module):
    def __init__(self, c: int, ratio: int) -> None:
        super().__init__()
        half = c * ratio // 2
        self.fc1 = nn.Linear(c, c * ratio)
        self.conv = nn.ModuleDict({f"conv_{k}": nn.Conv2d(half, half, k, padding=k // 2, groups=half) for k in (3, 5)})
        self.fc2 = nn.Linear(c * ratio, c)

    def forward(self, t: Tensor, h: int, w: int) -> Tensor:
        halves = image(self.fc1(t), h, w).chunk(2, 1)
        y = torch.cat([conv(x) for conv, x in zip(self.conv.values(), halves, strict=True)], 1)
        out: Tensor = self.fc2(F.gelu(tokens(y)))
        return out


class Cell(nn.Module):
    def __init__(self, c: int, ws: int, dim_head: int, ratio: int) -> None:
        super().__init__()
        self.attn_norm = nn.LayerNorm(c)
        self.attn = Attention(c, ws, dim_head)
        self.des = Kronecker(c)
        self.ffn_norm = nn.LayerNorm(c)
        self.ffn = Mixed(c, ratio)

    def forward(self, t: Tensor, h: int, w: int) -> Tensor:
        t = t + self.attn(self.attn_norm(t), h, w) + self.des(t)
        return t + self.ffn(self.ffn_norm(t), h, w)


class Patches(nn.Module):
    def __init__(self, c_in: int, c: int) -> None:
        super().__init__()
        self.proj = nn.Sequential(nn.Conv2d(c_in, c, 1), nn.Conv2d(c, c, 3, padding=1, groups=c))
        self.norm = nn.LayerNorm(c)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(tokens(self.proj(x)))
        return out


class Column(nn.Module):
    def __init__(
        self, c_in: Sequence[int], c: Sequence[int], blocks: Sequence[int], ws: Sequence[int], d: int, r: Sequence[int]
    ) -> None:
        super().__init__()
        self.patch_embed = nn.ModuleList(Patches(a, b) for a, b in zip(c_in, c, strict=True))
        self.branches = nn.ModuleList(
            nn.ModuleList(Cell(c[i], ws[i], d, r[i]) for _ in range(n)) for i, n in enumerate(blocks)
        )
        self.norm = nn.ModuleList(nn.LayerNorm(width) for width in c)

    def forward(self, xs: list[Tensor]) -> list[Tensor]:
        out = []
        for x, embed, cells, norm in zip(xs, self.patch_embed, self.branches, self.norm, strict=True):
            h, w = x.shape[2:]
            t = embed(x)
            for cell in cells:
                t = cell(t, h, w)
            out.append(image(norm(t), h, w))
        return out


class Fusion(nn.Module):
    def __init__(self, c_in: Sequence[int], c_out: Sequence[int]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.ModuleList(self._way(a, b, j, i) for j, a in enumerate(c_in)) for i, b in enumerate(c_out)
        )

    @staticmethod
    def _way(a: int, b: int, source: int, target: int) -> nn.Module:
        if source == target:
            return nn.Identity()
        r = 2 ** abs(source - target)
        if source > target:
            return nn.Sequential(nn.Conv2d(a, b, 1), nn.BatchNorm2d(b), nn.Upsample(scale_factor=r, mode="nearest"))
        thin = nn.Conv2d(a, a, r + 1, r, r // 2, groups=a, bias=False)
        return nn.Sequential(thin, nn.BatchNorm2d(a), nn.Conv2d(a, b, 1), nn.BatchNorm2d(b))

    def forward(self, xs: list[Tensor]) -> list[Tensor]:
        return [F.gelu(sum(way(x) for way, x in zip(ways, xs, strict=True))) for ways in self.blocks]


class HRViT(nn.Module):
    """The body; `forward` gives the map of every branch. `channels` and `blocks` are per column and branch."""

    def __init__(
        self,
        *,
        stem: int,
        channels: Sequence[Sequence[int]],
        blocks: Sequence[Sequence[int]],
        ws: Sequence[int],
        dim_head: int,
        ratio: Sequence[int],
    ) -> None:
        super().__init__()
        self.stem = nn.ModuleDict(
            {
                "conv1": nn.Conv2d(3, stem // 2, 3, 2, 1),
                "bn1": nn.BatchNorm2d(stem // 2),
                "conv2": nn.Conv2d(stem // 2, stem, 3, 2, 1),
                "bn2": nn.BatchNorm2d(stem),
            }
        )
        features: list[nn.Module] = []
        before: Sequence[int] = (stem,)
        for c, depth in zip(channels, blocks, strict=True):
            fused = [*before, *c[len(before) :]]
            features += [Fusion(before, fused), Column(fused, c, depth, ws, dim_head, ratio)]
            before = c
        self.features = nn.Sequential(*features)

    def forward(self, x: Tensor) -> list[Tensor]:
        for i in (1, 2):
            x = F.relu(self.stem[f"bn{i}"](self.stem[f"conv{i}"](x)))
        maps: list[Tensor] = self.features([x])
        return maps
