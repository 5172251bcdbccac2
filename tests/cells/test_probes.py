"""The probes that found the original's defects, each for every code that could have it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from archlab.document.feature_map import FeatureMap
from tests.cells.places import (
    ATTENTION,
    CHANNELS,
    MIXERS,
    WINDOWED,
    built,
    errors,
    look_at_self,
    maps,
    pass_on,
    place,
    reach,
    silence,
)
from tests.nn.slow.attention import ONE, tokens_of
from tests.nn.slow.plain import Triple, norm
from tests.nn.slow.twin import KINDS

BARE: dict[str, Any] = {"mixer": "none", "output_projection": False, "norm": "instance2d", "drop_path": 0.0}
LOCAL: dict[str, Any] = BARE | {"norm": "channel", "projection": "linear"}  # nothing but the attention mixes positions


@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize("code", WINDOWED)
def test_attention_to_itself_alone_leaves_the_values_in_place(code: str, projection: str) -> None:
    net, x = built(code, projection=projection, **BARE), maps(code)
    look_at_self(net)
    pass_on(net.attn.value)
    torch.testing.assert_close(net(x), x + norm("instance2d", x, {}, ""), rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", ["T0", "T1"])
@pytest.mark.parametrize("heads_over", ["channels", "features"])
def test_frames_that_know_only_themselves_keep_their_values(code: str, heads_over: str) -> None:
    net = built(code, score="dot", normalize_qk=False, heads_over=heads_over, **BARE)
    for name in ("query", "key"):
        pass_on(getattr(net.attn, name), scale=100.0)
    pass_on(net.attn.value)
    signs = torch.ones(2, 8, 3, 24, dtype=torch.float64)  # half of each frame is -1: no norm changes that
    order = torch.rand(signs.shape).argsort(-1)
    x = signs.scatter(-1, order[..., :12], -1.0).view(2, 8, 3, 4, 6)
    torch.testing.assert_close(net(x), x + norm("instance2d", x, {}, ""), rtol=0, atol=1e-12)


@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize("bias", [0.0, 0.5, 50.0, "random"])
@pytest.mark.parametrize("code", WINDOWED)
def test_rows_sum_to_one_whatever_the_bias(code: str, bias: float | str, projection: str) -> None:
    net, x = built(code, projection=projection, **BARE), maps(code)
    with torch.no_grad():
        table = net.attn.relative_position.table
        table.normal_(std=5.0) if bias == "random" else table.fill_(bias)
        net.attn.value.weight.zero_()
        net.attn.value.bias.fill_(3.0)
    torch.testing.assert_close(net(x), x + 3.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", ["T0", "T1"])
@pytest.mark.parametrize("causal", [False, True])
def test_rows_of_frames_sum_to_one(code: str, causal: bool) -> None:
    net, x = built(code, causal=causal, **BARE), maps(code)
    with torch.no_grad():
        net.attn.value.weight.zero_()
        net.attn.value.bias.fill_(3.0)
    torch.testing.assert_close(net(x), x + 3.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", WINDOWED)
def test_a_constant_bias_changes_nothing(code: str) -> None:
    net, x = built(code), maps(code)
    before = net(x)
    with torch.no_grad():
        net.attn.relative_position.table.add_(7.0)
    torch.testing.assert_close(net(x), before, rtol=0, atol=1e-12)


def visible(code: str, size: Triple, window: Triple, patch: Triple) -> dict[Triple, set[Triple]]:
    """The positions of the tokens that each position's token looks at, on a map of `size`."""
    kind = KINDS[code]
    flat: Triple = size if kind.volume else (1, *size[1:])
    full = tuple(-(-n // k) * k for n, k in zip(flat, window, strict=True))
    seen: dict[Triple, set[Triple]] = {}
    for group in tokens_of(kind.among, full, window, patch, kind.shifted).groups:
        every = [p for token in group for p in token.pixels()]
        inside = [p for p in every if all(i < n for i, n in zip(p, flat, strict=True))]
        for frame in range(1 if kind.volume else size[0]):
            moved = [(d + frame, h, w) for d, h, w in inside]
            seen |= {p: set(moved) for p in moved}
    return seen


@pytest.mark.parametrize("strength", [1.0, 30.0])
@pytest.mark.parametrize("code", WINDOWED)
def test_who_looks_at_whom(code: str, strength: float) -> None:
    """Pairs that are not meant to meet have a weight of exactly 0, with any bias."""
    cell, x_map = place(code, **LOCAL)
    net, x = built(code, **LOCAL), maps(code, 1)
    torch.nn.init.normal_(net.attn.relative_position.table, std=strength)
    real = cell.effective(x_map)
    patch = real.get("patch", ONE if code[0] == "S" else real["window"])
    assert reach(net, x) == visible(code, x_map.dhw, real["window"], patch)


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ("S3", (3, 5, 7)),
        ("Sh", (3, 9, 7)),
        ("L1", (1, 7, 11)),
        ("G1", (1, 7, 11)),
    ],
)
def test_nobody_looks_at_what_was_padded(code: str, size: Triple) -> None:
    """Values of padded positions would weaken constant ones; a head is at most one pixel here."""
    window = {"S": (2, 4, 3), "L": (1, 4, 6), "G": (1, 8, 12)}[code[0]]
    fields = {"window": window, "pad": True, "heads": 4} | (
        {"patch": (1, 2, 3), "heads": 12} if code[0] in "LG" else {}
    )
    for projection in ("conv", "linear"):
        net = built(code, size=size, **BARE | {"projection": projection} | fields)
        torch.nn.init.normal_(net.attn.relative_position.table, std=5.0)
        with torch.no_grad():
            net.attn.value.weight.zero_()
            net.attn.value.bias.fill_(3.0)
        x = maps(code, size=size)
        torch.testing.assert_close(net(x), x + 3.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("bias", [0.0, 20.0, 1e4])
@pytest.mark.parametrize(("code", "size"), [("Sh", (4, 8, 6))])
def test_masked_neighbours_of_a_shifted_window_change_nothing(code: str, size: Triple, bias: float) -> None:
    net, x = built(code, size=size, **LOCAL), maps(code, size=size)
    torch.nn.init.normal_(net.attn.relative_position.table, std=bias)
    with torch.no_grad():
        other = x.clone()
        other[..., :2, :] += 1e3 * torch.randn_like(other[..., :2, :])  # the rows that the roll takes to the far end
        here, there = net(x), net(other)
    assert torch.equal(here[..., 2:, :], there[..., 2:, :])
    assert not torch.allclose(here[..., :2, :], there[..., :2, :])


@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize("code", WINDOWED)
def test_the_values_come_from_the_value_projection(code: str, projection: str) -> None:
    net, x = built(code, projection=projection, **BARE), maps(code)
    before = net(x) - x
    (gradient,) = torch.autograd.grad((before * torch.randn_like(before)).sum(), net.attn.value.weight)
    assert float(gradient.abs().max()) > 0
    with torch.no_grad():
        for parameter in net.attn.value.parameters():
            parameter.mul_(100.0)
    torch.testing.assert_close(net(x) - x, 100.0 * before, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("arrangement", ["sequential", "parallel"])
@pytest.mark.parametrize(("code", "mixer"), MIXERS)
def test_a_silent_mixer_leaves_the_residual(code: str, mixer: str, arrangement: str) -> None:
    net, x = built(code, mixer=mixer, arrangement=arrangement), maps(code)
    silence(net.mixer)
    silence(net.attn.output_proj if code in ATTENTION else net.conv)
    expected = x if code in ATTENTION else x + norm("instance2d", x, {}, "")
    torch.testing.assert_close(net(x), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", ["G0", "G1", "G3"])
def test_shuffling_is_undone(code: str) -> None:
    net, x = built(code, shuffle=True, **BARE).train(), maps(code)
    look_at_self(net)
    pass_on(net.attn.value)
    for _ in range(3):
        torch.testing.assert_close(net(x), x + norm("instance2d", x, {}, ""), rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", ["G0", "G1", "G3"])
def test_shuffling_stays_out_of_evaluation(code: str) -> None:
    fields = {"drop_path": 0.0, "attention_dropout": 0.0}
    nets = [built(code, shuffle=shuffle, **fields) for shuffle in (False, True)]
    x = maps(code)
    assert torch.equal(nets[1](x), nets[1](x))
    torch.testing.assert_close(nets[1](x), nets[0](x), rtol=0, atol=1e-12)
    trained = nets[1].train()
    assert any(not torch.allclose(trained(x), nets[0](x), atol=1e-6) for _ in range(5))


@pytest.mark.parametrize("code", ["G1", "G3"])
def test_shuffled_patches_still_meet_one_patch_of_every_window(code: str) -> None:
    cell, x_map = place(code)
    real = cell.effective(x_map)
    net = built(code, shuffle=True, **LOCAL).train()
    window, patch = real["window"], real["patch"]
    usual, unusual = visible(code, x_map.dhw, window, patch), 0
    for position, seen in reach(net, maps(code, 1)).items():
        cut = [tuple(i // k for i, k in zip(p, patch, strict=True)) for p in seen]
        met = {tuple(i * p // w for i, p, w in zip(token, patch, window, strict=True)) for token in set(cut)}
        assert len(set(cut)) == len(met)
        assert len(seen) == len(usual[position])
        unusual += seen != usual[position]
        own = tuple(i // k for i, k in zip(position, patch, strict=True))
        assert own in cut
    assert unusual


@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize(("code", "size"), [("G0", (1, 7, 11)), ("G3", (3, 7, 11))])
def test_what_was_padded_is_not_shuffled(code: str, size: Triple, projection: str) -> None:
    window = (2, 8, 12) if code == "G0" else (3, 4, 6)
    fields = BARE | {"window": window, "patch": (1, 2, 3), "heads": 12, "pad": True, "projection": projection}
    cell, _ = place(code, shuffle=True, **fields)
    refused = errors(cell, FeatureMap(channels=CHANNELS, size=size))
    assert [p.field for p in refused] == ["shuffle"]
    assert refused[0].hint
    # built for a map that the windows divide, and run on one that they do not
    net = built(code, size=(3, 8, 12), shuffle=True, **fields).train()
    with torch.no_grad():
        net.attn.value.weight.zero_()
        net.attn.value.bias.fill_(3.0)
        net.attn.relative_position.table.normal_(std=5.0)
    x = maps(code, size=size)
    out = net(x)
    torch.testing.assert_close(out, x + 3.0, rtol=0, atol=1e-12)
