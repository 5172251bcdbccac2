"""What each defect of the original would break: residuals, values in place, softmax, gradients, sizes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archlab.cells.convolution import Convolution
from archlab.cells.spatial_global import GlobalAttention
from archlab.cells.spatial_local import LocalAttention
from archlab.cells.temporal import TemporalAttention
from archlab.nn.attention import RelativePositionBias, attend, standardize
from archlab.nn.window import Grid
from archlab.part import Cell
from archlab.spec.feature_map import FeatureMap

MAP = FeatureMap(channels=8, size=(3, 8, 12))
WINDOWS: dict[str, Any] = {"window": (1, 4, 6), "patch": (1, 2, 3), "heads": 4}
CELLS: dict[str, Cell] = {
    "C2": Convolution(),
    "T1": TemporalAttention(heads=4),
    "L1": LocalAttention(**WINDOWS),
    "G1": GlobalAttention(**WINDOWS),
}


def zero(module: nn.Module) -> None:
    for parameter in module.parameters():
        nn.init.zeros_(parameter)


@pytest.mark.parametrize("code", ["L1", "G1"])
@pytest.mark.parametrize("mixer", ["conv", "linear"])
def test_a_silent_mixer_leaves_the_residual(code: str, mixer: str) -> None:
    cell = type(CELLS[code])(mixer=mixer, **WINDOWS)
    net = cell.build(MAP, 8).eval()
    zero(net.mixer)
    zero(net.attn.output_proj)
    x = torch.randn(MAP.shape(2))
    torch.testing.assert_close(net(x), x)


@pytest.mark.parametrize("code", ["L1", "G1", "T1"])
def test_dropping_a_branch_never_drops_the_sample(code: str) -> None:
    torch.manual_seed(0)
    net = type(CELLS[code])(drop_path=0.99, **({"heads": 4} if code == "T1" else {"mixer": "linear", **WINDOWS}))
    net = net.build(MAP, 8).train()
    x = torch.randn(MAP.shape(20))
    with torch.no_grad():
        y = net(x)
    same = sum(torch.equal(a, b) for a, b in zip(x, y, strict=True))
    assert same > 10
    assert float(y.flatten(1).abs().amax(1).min()) > 0


def test_drop_path_keeps_the_mean_and_works_by_sample() -> None:
    torch.manual_seed(0)
    cell = TemporalAttention(heads=4, mixer="none", drop_path=0.5).build(MAP, 8)
    x = torch.randn(MAP.shape()).expand(400, -1, -1, -1, -1)
    with torch.no_grad():
        branch = cell.eval()(x)[0] - x[0]
        dropped = cell.train()(x) - x
    one = torch.stack([(d * branch).sum() / (branch * branch).sum() for d in dropped])
    # all frames of a sample share its fate: the whole branch doubled, or nothing
    assert {round(float(v), 3) for v in one} == {0.0, 2.0}
    assert abs(float(one.mean()) - 1.0) < 0.15


@pytest.mark.parametrize("among", ["patches", "windows"])
def test_regrouping_is_undone(among: Any) -> None:
    grid = Grid(among, (2, 2), (2, 2), (2, 3))
    x = torch.randn(6, 8, 8, 12)
    assert torch.equal(grid.join(grid.cut(x), 8, 12), x)


@pytest.mark.parametrize("code", ["L1", "G1", "T1"])
def test_attention_to_itself_alone_leaves_the_values_in_place(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = type(CELLS[code])(output_projection=False, mixer="none", **({"heads": 4} if code == "T1" else WINDOWS)).build(
        MAP, 8
    )

    def look_at_self(query: Tensor, key: Tensor, value: Tensor, **_: Any) -> Tensor:
        return value

    monkeypatch.setattr(F, "scaled_dot_product_attention", look_at_self)
    frames = torch.randn(3, 8, 8, 12)
    out = net.attn(frames, 3)
    padded = F.pad(frames, (1, 1, 1, 1), mode="reflect")
    torch.testing.assert_close(out, net.attn.value(padded))


@pytest.mark.parametrize("bias", [0.5, 50.0])
def test_a_bias_stays_inside_the_softmax(bias: float) -> None:
    q, k = torch.randn(2, 3, 16, 4), torch.randn(2, 3, 16, 4)
    ones = torch.ones(2, 3, 16, 4)
    everywhere = torch.full((3, 16, 16), bias)
    torch.testing.assert_close(attend(q, k, ones, bias=everywhere), ones)
    torch.testing.assert_close(attend(q, k, q, bias=everywhere), attend(q, k, q))
    forbidden = torch.zeros(3, 16, 16)
    forbidden[:, :, 5] = -torch.inf
    value = torch.zeros(2, 3, 16, 4)
    value[:, :, 5] = 1.0
    assert float(attend(q, k, value, bias=forbidden).abs().max()) == 0.0


def test_cosine_scores_ignore_length_and_dot_scores_do_not() -> None:
    q, k, v = torch.randn(3, 1, 2, 5, 6).unbind()
    torch.testing.assert_close(attend(7 * q, 3 * k, v), attend(q, k, v))
    assert not torch.allclose(attend(7 * q, 3 * k, v, score="dot"), attend(q, k, v, score="dot"))
    torch.testing.assert_close(
        attend(7 * q + 2, 3 * k - 1, v, score="dot", normalize_qk=True),
        attend(q, k, v, score="dot", normalize_qk=True),
        atol=1e-3,
        rtol=1e-3,
    )


def test_standardize() -> None:
    z = standardize(torch.randn(4, 50) * 3 + 1)
    torch.testing.assert_close(z.mean(-1), torch.zeros(4), atol=1e-6, rtol=0)
    torch.testing.assert_close(z.var(-1), torch.ones(4), atol=1e-3, rtol=0)


def test_position_bias_reads_the_offset() -> None:
    module = RelativePositionBias((2, 3), 4)
    bias = module()
    assert bias.shape == (4, 6, 6)
    rows = {(dy, dx): (dy + 1) * 5 + (dx + 2) for dy in (-1, 0, 1) for dx in range(-2, 3)}
    for i in range(6):
        for j in range(6):
            offset = (i // 3 - j // 3, i % 3 - j % 3)
            assert torch.equal(bias[:, i, j], module.table[rows[offset]])


def test_no_index_is_kept() -> None:
    net = CELLS["L1"].build(MAP, 8)
    assert list(net.buffers()) == []
    assert "attn.relative_position.table" in net.state_dict()


@pytest.mark.parametrize("arrangement", ["sequential", "parallel"])
@pytest.mark.parametrize("norm", ["instance2d", "batch3d", "layer", "layer3d", "instance3d", "batch2d"])
@pytest.mark.parametrize("code", list(CELLS))
def test_every_parameter_gets_a_gradient(code: str, norm: Any, arrangement: Any) -> None:
    options = {} if code == "C2" else {"heads": 4} if code == "T1" else WINDOWS
    net = type(CELLS[code])(norm=norm, arrangement=arrangement, drop_path=0.0, **options).build(MAP, 16)
    out = net(torch.randn(MAP.shape(2)))
    (out * torch.randn_like(out)).sum().backward()
    silent = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@pytest.mark.parametrize("code", list(CELLS))
def test_any_number_of_frames(code: str) -> None:
    net = CELLS[code].build(MAP, 8).eval()
    assert net(torch.randn(1, 8, 5, 8, 12)).shape == (1, 8, 5, 8, 12)


def test_other_sizes_at_run_time() -> None:
    local, across = (CELLS[code].build(MAP, 8).eval() for code in ("L1", "G1"))
    for height, width in [(4, 6), (8, 18), (12, 12)]:
        assert local(torch.randn(1, 8, height, width)).shape == (1, 8, height, width)
    for height, width in [(16, 12), (8, 36)]:
        assert across(torch.randn(1, 8, height, width)).shape == (1, 8, height, width)
    with pytest.raises(ValueError, match=r"H = 10 .* must be a multiple of 4\. Use 8 or 12\."):
        local(torch.randn(1, 8, 10, 12))
    with pytest.raises(ValueError, match=r"W = 4 .* multiple of 6\. Use 6\."):
        local(torch.randn(1, 8, 8, 4))


def test_global_attention_reaches_across_the_map_and_local_does_not() -> None:
    x = torch.randn(1, 8, 16, 16, requires_grad=True)
    reach = {}
    for cls in (LocalAttention, GlobalAttention):
        options = {"window": (4, 4), "patch": (1, 1), "heads": 4, "projection": "linear", "mixer": "none"}
        flat = FeatureMap(channels=8, size=(16, 16))
        attention = cls(output_projection=False, **options).build(flat, 8).attn
        out = attention(x, 1)[0, :, 0, 0].sum()
        reach[cls] = torch.autograd.grad(out, x)[0].abs().sum((0, 1)) > 0
    assert {tuple(p) for p in reach[LocalAttention].nonzero().tolist()} == {(y, c) for y in range(4) for c in range(4)}
    # halved windows of 2: every second pixel of every second row
    seen = {tuple(p) for p in reach[GlobalAttention].nonzero().tolist()}
    assert seen == {(y, c) for y in range(0, 16, 2) for c in range(0, 16, 2)}


def test_nothing_is_printed_and_no_option_changes(capsys: pytest.CaptureFixture[str]) -> None:
    for cell in CELLS.values():
        before = repr(cell)
        cell.build(MAP, 8)
        list(cell.problems(MAP, 8))
        assert repr(cell) == before
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("code", ["L1", "G1", "T1"])
def test_attention_dropout_only_while_training(code: str) -> None:
    options = {"heads": 4} if code == "T1" else WINDOWS
    net = type(CELLS[code])(attention_dropout=0.5, drop_path=0.0, **options).build(MAP, 8)
    x = torch.randn(MAP.shape())
    assert not torch.equal(net.train()(x), net(x))
    assert torch.equal(net.eval()(x), net(x))
