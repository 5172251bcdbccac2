"""PNG, DOT, tiles and export: bytes that other programs accept."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

import archlab as al
from archlab.document.diagnostics import ArchlabError
from archlab.views import draw, export
from archlab.views.graphviz_source import render, source
from archlab.views.tiles import tiles_png

from .graphs import Builder, hrnet, unet

SPEC = al.hrnet(levels=2, channels=4, cells="C2", input="1x16x16", name="<b>$x^2$ ü</b>")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_png_has_the_size_and_ground_of_the_picture(theme: str) -> None:
    drawing = draw(SPEC, theme=theme)
    pixels = image.imread(io.BytesIO(drawing.png(scale=1.0)))
    assert pixels.shape[:2] == (round(drawing.picture.height), round(drawing.picture.width))
    assert (pixels[2, 2, :3].mean() > 0.9) == (theme == "light")
    assert pixels[..., :3].std() > 0.02


def test_save_goes_by_suffix(tmp_path: Path) -> None:
    drawing = draw(SPEC)
    assert drawing.save(tmp_path / "a.svg").read_text().startswith("<svg")
    assert drawing.save(tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    assert drawing.save(tmp_path / "a.gv").read_text().startswith("digraph")
    with pytest.raises(ArchlabError, match=r'"a.pdf".*\.svg'):
        drawing.save(tmp_path / "a.pdf")


def test_dot_names_every_node_and_tells_directions_apart() -> None:
    text = source(unet(2))
    assert "D0 -> U0 [label=gate arrowhead=vee" in text
    assert "D0 -> D1 [arrowhead=normal" in text
    assert "bridge -> U1 [arrowhead=empty" in text
    assert text.count("rank=same") == 3


def test_dot_keeps_text_as_text() -> None:
    builder = Builder()
    builder.node('<b>a</b>"\\n', 0, 0)
    text = source(builder.graph((), 1, 1), '<i>"')
    assert '"<b>a</b>\\"\\\\n"' in text
    assert "label=<" not in text


@pytest.mark.dot
def test_graphviz_accepts_the_source() -> None:
    assert b"<svg" in render(source(hrnet(3)))


def test_without_the_program_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ArchlabError, match=r"`dot` is not on the PATH\. Install it"):
        draw(SPEC).graphviz()


def test_no_name_can_spoil_a_file(tmp_path: Path) -> None:
    drawing = draw(SPEC.with_name("\ud800\x00\x1b$\\frac"))
    for name in ("a.svg", "a.png", "a.dot"):
        assert drawing.save(tmp_path / name).stat().st_size


def test_tiles_put_maps_side_by_side() -> None:
    maps = np.zeros((2, 32, 32), np.uint8)
    maps[1] = 255
    pixels = image.imread(io.BytesIO(tiles_png(maps.tobytes(), maps.shape, "gray")))
    assert pixels.shape[:2] == (32, 65)
    assert pixels[:, :32, :3].max() == 0
    assert pixels[:, 33:, :3].min() == 1


def test_small_tiles_are_enlarged_by_nearest_neighbour() -> None:
    maps = np.array([[[0, 255], [255, 0]]], np.uint8)
    pixels = image.imread(io.BytesIO(tiles_png(maps.tobytes(), (1, 2, 2), "gray")))[..., 0]
    assert pixels.shape == (32, 32)
    assert (pixels == np.kron(maps[0] / 255, np.ones((16, 16)))).all()


def test_tiles_refuse_a_wrong_size() -> None:
    with pytest.raises(ValueError, match="5 bytes do not fill 1 maps of 2 x 2"):
        tiles_png(b"12345", (1, 2, 2))


def test_export_writes_every_format(tmp_path: Path) -> None:
    data = json.loads(export(SPEC, tmp_path / "a.json").read_text())
    assert data["name"] == SPEC.name
    assert export(SPEC, tmp_path / "a.svg").read_text().startswith("<svg")
    assert export(SPEC, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert export(SPEC, tmp_path / "a.dot").read_text().startswith("digraph")
    assert export(SPEC, tmp_path / "picture", format="svg").read_text().startswith("<svg")


def test_export_of_weights_is_that_of_a_net_built_with_the_seed(tmp_path: Path) -> None:
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file

    before = torch.random.get_rng_state()
    one, two, other = (export(SPEC, tmp_path / f"{i}.safetensors", seed=seed) for i, seed in enumerate((3, 3, 4)))
    assert torch.equal(before, torch.random.get_rng_state())
    first, second, third = map(load_file, (one, two, other))
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert any(not torch.equal(first[k], third[k]) for k in first)
    with safe_open(one, "pt") as file:
        assert json.loads(file.metadata()["spec"])["layout"]["type"] == "hrnet"


def test_export_refuses_an_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(ArchlabError, match=r'exported to "\.onnx"'):
        export(SPEC, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_a_name_between_angle_brackets_is_no_graphviz_source() -> None:
    name = '<x> { evil [URL="javascript:alert(1)"] } subgraph <y>'
    text = al.draw(al.template("unet-3").with_name(name)).dot
    first = text.splitlines()[0]
    assert first.startswith('digraph "<x> { evil')
    assert first.endswith('subgraph <y>" {')
