"""The backbone as a PyTorch module: names, seeds, devices, copies, formats, memory."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import weakref

import pytest
import torch
from torch import Tensor, nn

import archlab as al
from archlab.compiler.schedule import child_names
from archlab.graph.model import Graph, GraphNode


@pytest.fixture
def spec() -> al.Spec:
    return al.hrnet(levels=2, channels=8, cells="T1L1G1C2", input="3x16x16", heads=4, window=(1, 8, 8))


@pytest.fixture
def net(spec: al.Spec) -> al.Backbone:
    torch.manual_seed(0)
    return al.build(spec).eval()


@pytest.fixture
def x() -> Tensor:
    return torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def assert_same(ours: list[Tensor], other: list[Tensor]) -> None:
    for one, two in zip(ours, other, strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_children_are_named_by_node_and_link(net: al.Backbone) -> None:
    names = [name for name, _ in net.named_children()]
    assert names[:3] == ["B00", "B01", "B11"]
    assert {"F0", "out1", "agg", "link_B00_B11", "link_out1_agg"} <= set(names)
    parameters = dict(net.named_parameters())
    assert "B11.cell_0.attn.query.weight" in parameters
    assert net.node_module("B11") is net.B11
    assert net.link_module("B00>B11") is net.link_B00_B11


def test_feature_info_is_timm_like(net: al.Backbone, x: Tensor) -> None:
    assert net.feature_info == [
        {"num_chs": 8, "reduction": 1, "module": "out0"},
        {"num_chs": 16, "reduction": 2, "module": "out1"},
        {"num_chs": 24, "reduction": 1, "module": "agg"},
    ]
    seen: dict[str, Tensor] = {}
    for info in net.feature_info:
        module = net.get_submodule(info["module"])
        module.register_forward_hook(lambda m, a, out, name=info["module"]: seen.update({name: out}))
    outputs = net(x)
    assert_same(outputs, [seen[info["module"]] for info in net.feature_info])
    assert [o.shape[1] for o in outputs] == [info["num_chs"] for info in net.feature_info]


def test_the_same_seed_gives_the_same_weights(spec: al.Spec) -> None:
    nets = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        nets.append(al.build(spec).state_dict())
    first, again, other = nets
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert any(not torch.equal(first[k], other[k]) for k in first)


def test_state_dict_round_trip(spec: al.Spec, net: al.Backbone, x: Tensor) -> None:
    torch.manual_seed(9)
    other = al.build(spec).eval()
    assert not torch.equal(other(x)[0], net(x)[0])
    other.load_state_dict(net.state_dict(), strict=True)
    assert_same(other(x), net(x))


def test_copies_and_pickles_compute_the_same(net: al.Backbone, x: Tensor) -> None:
    expected = net(x)
    assert_same(copy.deepcopy(net)(x), expected)
    assert_same(pickle.loads(pickle.dumps(net))(x), expected)


def test_a_pickled_document_is_the_same_in_another_process(spec: al.Spec) -> None:
    code = (
        "import pickle, sys; import archlab as al; spec = pickle.loads(sys.stdin.buffer.read());"
        "same = al.hrnet(levels=2, channels=8, cells='T1L1G1C2', input='3x16x16', heads=4, window=(1, 8, 8));"
        "assert spec == same and hash(spec) == hash(same)"
    )
    hash(spec)
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    subprocess.run([sys.executable, "-c", code], input=pickle.dumps(spec), env=environment, check=True)


def test_builds_and_runs_on_meta(spec: al.Spec, net: al.Backbone, x: Tensor) -> None:
    with torch.device("meta"):
        ghost = al.build(spec)
        shapes = [tuple(y.shape) for y in ghost(torch.empty(2, 3, 16, 16))]
    assert all(p.is_meta for p in ghost.parameters())
    assert shapes == [tuple(y.shape) for y in net(x)]
    assert sum(p.numel() for p in ghost.parameters()) == sum(p.numel() for p in net.parameters())


def test_channels_last(net: al.Backbone, x: Tensor) -> None:
    expected = net(x)
    for one, other in zip(net.to(memory_format=torch.channels_last)(x), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    last = net(x.to(memory_format=torch.channels_last))
    for one, other in zip(last, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("norm", ["instance2d", "batch2d", "layer"])
def test_bfloat16_autocast_trains(spec: al.Spec, x: Tensor, norm: str) -> None:
    torch.manual_seed(0)
    net = al.build(spec.with_option(norm=norm))
    net.eval()
    expected = net(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        lower = net(x)
    for one, other in zip(lower, expected, strict=True):
        assert (one.float() - other).abs().mean() < 0.05 * other.abs().mean()
    net.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = net(x)
    sum(y.float().square().mean() for y in outputs).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_a_document_with_errors_is_refused_with_its_diagnostics() -> None:
    with pytest.raises(al.ArchlabError, match="cannot be built") as caught:
        al.build(al.hrnet(levels=2, cells="Q9", input="3x16x16"))
    assert caught.value.diagnostics
    assert all(d.severity == "error" for d in caught.value.diagnostics)
    assert "Q9" in str(caught.value)


def test_head_returns_a_tensor_and_forward_features_the_list(spec: al.Spec, x: Tensor) -> None:
    net = al.build(spec.with_head("classify", classes=10)).eval()
    assert net(x).shape == (2, 10)
    assert [tuple(y.shape) for y in net.forward_features(x)] == [(2, 8, 16, 16), (2, 16, 8, 8), (2, 24, 16, 16)]
    assert net.feature_info[-1]["module"] == "agg"


def test_checkpointed_blocks_give_the_same_gradients(spec: al.Spec, x: Tensor) -> None:
    torch.manual_seed(0)
    plain = al.build(spec)
    torch.manual_seed(0)
    saving = al.build(spec.with_block("B01", checkpoint=True).with_block("B11", checkpoint=True))
    runs = []
    for net in (plain, saving):
        calls: list[int] = []
        net.B01.cell_0.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        torch.manual_seed(5)
        sum(y.square().mean() for y in net(x)).backward()
        runs.append((len(calls), {k: p.grad for k, p in net.named_parameters()}))
    (once, grads), (twice, again) = runs
    assert (once, twice) == (1, 2)
    for name, grad in grads.items():
        torch.testing.assert_close(again[name], grad, msg=name)


class Recorder:
    def __init__(self) -> None:
        self.nodes: dict[str, tuple[dict[str, Tensor], Tensor, Tensor]] = {}
        self.links: dict[str, tuple[Tensor, Tensor]] = {}
        self.order: list[str] = []

    def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None:
        self.nodes[id] = (inputs, merged, out)
        self.order.append(id)

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        self.links[id] = (x, out)
        self.order.append(id)


def test_an_observer_sees_every_node_and_link(net: al.Backbone, x: Tensor) -> None:
    seen = Recorder()
    assert_same(net.run(x, seen), net(x))
    assert set(seen.nodes) == {n.id for n in net.graph.nodes}
    assert set(seen.links) == {k.id for k in net.graph.links}
    inputs, merged, _ = seen.nodes["F0"]
    assert list(inputs) == ["B01>F0", "B11>F0"]
    torch.testing.assert_close(merged, inputs["B01>F0"] + inputs["B11>F0"])
    assert inputs["B11>F0"] is seen.links["B11>F0"][1]
    assert seen.links["B11>F0"][0] is seen.nodes["B11"][2]
    assert seen.order.index("B00>B11") < seen.order.index("B11")
    assert_same([seen.nodes[id][2] for id in net.graph.outputs], net(x))


def test_values_are_freed_after_their_last_use(x: Tensor) -> None:
    net = al.build(al.hrnet(levels=3, channels=4, cells="C2", input="3x16x16")).eval()
    alive: dict[str, weakref.ref[Tensor]] = {}
    left: dict[str, set[str]] = {}

    def remember(name: str):
        def hook(module: nn.Module, args: tuple[Tensor, ...], out: Tensor) -> None:
            left[name] = {k for k, ref in alive.items() if ref() is not None}
            alive[name] = weakref.ref(out)

        return hook

    for name, module in net.named_children():
        if not isinstance(module, nn.Identity):
            module.register_forward_hook(remember(name))
    with torch.no_grad():
        net(x)
    assert left["B11"] == {"B00", "B01", "link_B00_B11"}
    assert left["B12"] == {"B01", "B11", "B02"}, "B00 is read last by B02; a sum needs no link's map any more"
    assert left["out0"] == set(), "the fusions have read all blocks"
    assert left["link_out2_agg"] == {"out0", "out1", "out2", "link_out1_agg"}


def test_names_that_would_hide_an_attribute_are_altered() -> None:
    nodes = tuple(
        GraphNode(id=id, kind="fusion", level=0, stage=0, channels=1) for id in ("forward", "a-b", "a b", "1st", "ok")
    )
    names = child_names(Graph(nodes=nodes, links=(), outputs=(), levels=1, stages=1), dir(nn.Module))
    assert names.nodes["ok"] == "ok"
    assert names.nodes["forward"] == "node_forward"
    assert len(set(names.nodes.values())) == 5
    assert all(name.isidentifier() for name in names.nodes.values())
