"""How a cell behaves in training, in evaluation and between: drops, gradients, scores, names."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.cells.places import ATTENTION, CHANNELS, CODES, MIXERS, WINDOWED, built, errors, maps, place, reach

NORMS = ["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d", "channel"]


@pytest.mark.parametrize(("code", "mixer"), MIXERS)
def test_dropping_a_branch_never_drops_the_sample(code: str, mixer: str) -> None:
    net, x = built(code, drop_path=0.99, mixer=mixer).train(), maps(code, 20)
    with torch.no_grad():
        y = net(x)
    same = sum(torch.equal(a, b) for a, b in zip(x, y, strict=True))
    assert same > 10
    assert float(y.flatten(1).abs().amax(1).min()) > 0


@pytest.mark.parametrize("code", ["T0", "L0", "V3", "Sh", "C3"])
def test_drop_path_keeps_the_mean_and_works_by_sample(code: str) -> None:
    net, x = built(code, mixer="none", drop_path=0.5), maps(code, 1).expand(100, -1, -1, -1, -1)
    with torch.no_grad():
        branch = net(x[:1])[0] - x[0]
        dropped = net.train()(x) - x
    one = torch.stack([(d * branch).sum() / (branch * branch).sum() for d in dropped])
    # all frames of a sample share its fate: the whole branch doubled, or nothing
    assert {round(float(v), 3) for v in one} == {0.0, 2.0}
    assert abs(float(one.mean()) - 1.0) < 0.3


@pytest.mark.parametrize("code", ATTENTION)
def test_attention_dropout_only_while_training(code: str) -> None:
    net, x = built(code, attention_dropout=0.5, drop_path=0.0), maps(code)
    plain = built(code, drop_path=0.0)
    assert torch.equal(net(x), net(x))
    torch.testing.assert_close(net(x), plain(x), rtol=0, atol=1e-12)
    assert not torch.allclose(net.train()(x), net(x))


@pytest.mark.parametrize("code", ["T0", "L0", "G3", "V2"])
def test_attention_dropout_keeps_the_mean(code: str) -> None:
    fields: dict[str, Any] = {"mixer": "none", "drop_path": 0.0, "output_projection": False}
    net, x = built(code, attention_dropout=0.3, **fields).train(), maps(code, 1).expand(60, -1, -1, -1, -1)
    with torch.no_grad():
        net.attn.value.weight.zero_()
        net.attn.value.bias.fill_(1.0)
        weights = net(x) - x
    # a row of weights that sums to one, some of them dropped, the others grown to make up
    assert float(weights.std()) > 0.05
    assert abs(float(weights.mean()) - 1.0) < 0.02
    assert float(weights.min()) >= 0.0


@pytest.mark.parametrize("code", ATTENTION)
def test_cosine_scores_ignore_length_and_products_do_not(code: str) -> None:
    x = maps(code)
    same = {"cosine": True, "dot": False}
    for score, stays in same.items():
        net = built(code, score=score, normalize_qk=False)
        before = net(x)
        with torch.no_grad():
            for parameter in [*net.attn.query.parameters(), *net.attn.key.parameters()]:
                parameter.mul_(5.0)
        assert torch.allclose(net(x), before, atol=1e-9) == stays


@pytest.mark.parametrize("arrangement", ["sequential", "parallel"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("code", CODES)
def test_every_parameter_gets_a_gradient(code: str, norm: str, arrangement: str) -> None:
    net, x = built(code, 16, norm=norm, arrangement=arrangement, drop_path=0.0).train(), maps(code)
    out = net(x)
    (out * torch.randn_like(out)).sum().backward()
    silent = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@pytest.mark.parametrize("code", CODES)
def test_weights_only_and_under_their_names(code: str) -> None:
    net = built(code)
    assert sorted(net.state_dict()) == sorted(name for name, _ in net.named_parameters())
    wide = set(built(code, 16).state_dict())
    assert {"input_proj.weight", "input_proj.bias"} <= wide
    if code in ATTENTION:
        assert {f"attn.{role}.weight" for role in ("query", "key", "value", "output_proj")} <= wide
        assert ("attn.relative_position.table" in wide) == (code in WINDOWED)
    else:
        assert "conv.conv.weight" in wide
    if code[1] != "0":
        assert {f"mixer.{fc}.{kind}" for fc in ("fc1", "fc2") for kind in ("weight", "bias")} <= wide
    assert any(name.startswith("mixer") for name in wide) == (code[1] != "0")


@pytest.mark.parametrize("code", CODES)
def test_three_dimensional_codes_see_neighbouring_frames_from_two_frames_on(code: str) -> None:
    layer = "attn.value" if code in ATTENTION else "conv.conv"
    three = code in ("L3", "G3", "V3", "S3", "Sh", "C3")
    volume = built(code)
    assert (volume.get_submodule(layer).weight.dim() == 5) == three
    assert volume.mixer is None or volume.mixer.fc1.weight.dim() == 4
    if code != "C3":
        assert built(code, size=place(code)[1].dhw[1:]).get_submodule(layer).weight.dim() < 5


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_printed_and_no_option_changes(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    cell, x = place(code)
    before = repr(cell)
    cell.build(x, CHANNELS)
    errors(cell, x)
    assert repr(cell) == before
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("code", ATTENTION)
def test_half_the_precision_stays_finite(code: str) -> None:
    """Masks are additions of infinity somewhere: none may become a NaN, not even in what is cropped."""
    pad = {"pad": True} if code in WINDOWED else {}
    size = tuple(n + 1 for n in place(code)[1].dhw)
    net = built(code, size=size, drop_path=0.0, **pad).bfloat16().train()
    x = maps(code, size=size).bfloat16().requires_grad_()
    out = net(x)
    out.float().square().sum().backward()
    assert bool(out.isfinite().all())
    assert bool(x.grad.isfinite().all())
    assert all(bool(p.grad.isfinite().all()) for p in net.parameters())


def test_global_attention_reaches_across_the_map_and_local_does_not() -> None:
    options = {"window": (1, 4, 4), "patch": (1, 1, 1), "heads": 4, "projection": "linear", "mixer": "none"}
    options |= {"norm": "channel", "output_projection": False}
    x = torch.randn(1, CHANNELS, 16, 16, dtype=torch.float64)
    seen = {code: reach(built(code, size=(16, 16), **options), x, (0, 0))[0, 0] for code in ("L0", "G0")}
    assert seen["L0"] == {(y, c) for y in range(4) for c in range(4)}
    # halved windows of 2: every second pixel of every second row
    assert seen["G0"] == {(y, c) for y in range(0, 16, 2) for c in range(0, 16, 2)}
