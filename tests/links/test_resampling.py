"""Interpolation and merging against plain, independent code in float64."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest
import torch
from scipy import ndimage

from archlab.document.feature_map import FeatureMap
from archlab.links.conv_stride import ConvStride
from archlab.links.interp_cells import InterpCells
from archlab.links.interp_conv import InterpConv1, InterpConv3
from archlab.links.patch_merge import PatchMerge
from archlab.nn.resample import Mode
from archlab.nn.resample.resize_map import ResizeMap
from archlab.nn.resample.spline import spline_matrix

MAP = FeatureMap(channels=2, size=(4, 6, 8))
MODES = ("linear", "nearest", "spline")


def axis_of(x: np.ndarray, axis: int, pixels: int, mode: str) -> np.ndarray:
    """One axis at another size: the definition, one new pixel after the other."""
    lines = np.moveaxis(x, axis, 0)
    old = len(lines)
    rows = []
    for i in range(pixels):
        centre = (i + 0.5) * old / pixels - 0.5
        if mode == "nearest":  # the pixel in which the new pixel's first edge lies
            rows.append(lines[int(i * old / pixels)])
        elif mode == "linear":
            centre = min(max(centre, 0.0), old - 1.0)
            left = int(centre)
            right = min(left + 1, old - 1)
            rows.append(lines[left] * (left + 1 - centre) + lines[right] * (centre - left))
        else:  # the mirrored axis, so long that the spline's ends are out of reach
            many = np.concatenate([lines, lines[::-1]] * 41)
            place = np.array([[40 * old + centre]])
            flat = many.reshape(len(many), -1)
            values = [ndimage.map_coordinates(flat[:, k], place, order=5)[0] for k in range(flat.shape[1])]
            rows.append(np.reshape(values, lines.shape[1:]))
    return np.moveaxis(np.stack(rows), 0, axis)


def resized(x: np.ndarray, sizes: tuple[int, ...], mode: str) -> np.ndarray:
    """The last axes of a map at other sizes."""
    for axis, pixels in enumerate(sizes, start=x.ndim - len(sizes)):
        x = axis_of(x, axis, pixels, mode)
    return x


def convolved(x: np.ndarray, weight: np.ndarray, stride: int = 1) -> np.ndarray:
    """Convolution of `(C, D, H, W)` by explicit sums over taps, the border mirrored; `weight` has D, H, W taps."""
    reach = [n // 2 for n in weight.shape[2:]]
    padded = np.pad(x, [(0, 0), *((n, n) for n in reach)], mode="reflect")
    sizes = x.shape[1:]
    total: np.ndarray = np.zeros((len(weight), *sizes))
    for taps in itertools.product(*(range(n) for n in weight.shape[2:])):
        part = padded[(slice(None), *(slice(t, t + n) for t, n in zip(taps, sizes, strict=True)))]
        total += np.einsum("oc,cdhw->odhw", weight[(slice(None), slice(None), *taps)], part)
    return total[(slice(None), *(slice(None, None, stride if n else None) for n in reach))]


def data(map: FeatureMap) -> tuple[torch.Tensor, np.ndarray]:
    x = torch.randn(map.shape(), dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    return x, x[0].numpy()


def taps(weight: torch.Tensor) -> np.ndarray:
    """A weight with an axis for D."""
    plain: np.ndarray = weight.detach().numpy()
    return plain[:, :, None] if plain.ndim == 4 else plain


@pytest.mark.parametrize("steps", [-2, -1, 1, 2])
@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("mode", MODES)
def test_straight_to_a_size(mode: str, dims: int, steps: int) -> None:
    part = InterpCells(mode=mode, dims=dims)
    x, plain = data(MAP)
    y = part.build(MAP, 5, steps).double()(x)
    expected = resized(plain, part.out(MAP, 5, steps).size[-dims:], mode)
    np.testing.assert_allclose(y[0].numpy(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("steps", [-2, -1, 1])
@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [InterpConv1, InterpConv3])
def test_step_by_step(kind: type[InterpConv1 | InterpConv3], mode: str, dims: int, steps: int) -> None:
    part = kind(mode=mode, dims=dims)
    net = part.build(MAP, 3, steps).double()
    x, plain = data(MAP)
    for conv in net.convs:
        sizes = tuple(2 * n if steps < 0 else n // 2 for n in plain.shape[-dims:])
        plain = convolved(resized(plain, sizes, mode), taps(conv.weight))
    np.testing.assert_allclose(net(x)[0].detach().numpy(), plain, rtol=1e-9, atol=1e-9)
    assert net(x).shape == part.out(MAP, 3, steps).shape()


@pytest.mark.parametrize("size", [(4, 6, 8), (5, 7, 9)])
@pytest.mark.parametrize("dims", [2, 3])
def test_strided_convolutions(dims: int, size: tuple[int, ...]) -> None:
    map = msgspec.structs.replace(MAP, size=size)
    net = ConvStride(dims=dims).build(map, 3, 2).double()
    x, plain = data(map)
    for conv in net.convs:
        plain = convolved(plain, taps(conv.weight), stride=2)
    np.testing.assert_allclose(net(x)[0].detach().numpy(), plain, rtol=1e-10, atol=1e-10)


def test_cubes_are_stacked_frame_by_frame_then_column_by_column() -> None:
    net = PatchMerge(dims=3).build(MAP, 16, 1)
    assert [tuple(c.weight.shape) for c in net.convs] == [(16, 16, 1, 1)]
    net.convs[0].weight.data[:, :, 0, 0] = torch.eye(16)  # shows the stacked channels as they are
    x = torch.randn(2, 2, 4, 6, 8)
    stacked = net(x)
    assert stacked.shape == (2, 16, 2, 3, 4)
    order = [(frame, row, column) for frame in (0, 1) for column in (0, 1) for row in (0, 1)]
    for phase, (frame, row, column) in enumerate(order):
        expected = x[:, :, frame::2, row::2, column::2]
        assert torch.equal(stacked[:, 2 * phase : 2 * phase + 2], expected)


def test_cubes_in_a_chain() -> None:
    map = msgspec.structs.replace(MAP, size=(4, 8, 8))
    net = PatchMerge(dims=3).build(map, 3, 2).double()
    x, plain = data(map)
    for conv in net.convs:
        phases = [plain[:, d::2, h::2, w::2] for d in (0, 1) for w in (0, 1) for h in (0, 1)]
        plain = np.einsum("oc,cdhw->odhw", conv.weight[:, :, 0, 0].detach().numpy(), np.concatenate(phases))
    np.testing.assert_allclose(net(x)[0].detach().numpy(), plain, rtol=1e-10, atol=1e-10)
    with pytest.raises(ValueError, match="3x8x8 is odd"):
        net(x[:, :, :3])


@pytest.mark.parametrize("size", [(24, 31), (40, 26)])
@pytest.mark.parametrize("factor", [2, 4, 0.5])
def test_the_spline_is_that_of_scipy(size: tuple[int, int], factor: float) -> None:
    x = np.random.default_rng(5).normal(size=size)
    new = [int(n * factor) for n in size]
    zooms = [n / o for n, o in zip(new, size, strict=True)]
    expected = ndimage.zoom(x, zooms, order=5, mode="reflect", grid_mode=True)
    rows, columns = (spline_matrix(o, n).numpy() for o, n in zip(size, new, strict=True))
    np.testing.assert_allclose(rows @ x @ columns.T, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pixels", [1, 2, 3, 7, 20])
def test_a_spline_goes_through_its_pixels_and_keeps_a_constant(pixels: int) -> None:
    identity = torch.eye(pixels, dtype=torch.float64)
    torch.testing.assert_close(spline_matrix(pixels, pixels), identity, atol=1e-14, rtol=0)
    torch.testing.assert_close(spline_matrix(pixels, 3 * pixels)[1::3], identity, atol=1e-13, rtol=0)  # same centres
    for new in (1, 2 * pixels, 4 * pixels):
        torch.testing.assert_close(spline_matrix(pixels, new).sum(dim=1), torch.ones(new, dtype=torch.float64))


@pytest.mark.parametrize("steps", [-1, 1])
@pytest.mark.parametrize("size", [(4, 6), (2, 4, 6)])
@pytest.mark.parametrize("mode", MODES)
def test_gradients_of_interpolation(mode: Mode, size: tuple[int, ...], steps: int) -> None:
    net = ResizeMap(steps, dims=len(size), mode=mode).double()
    for shape in ((2, 2, *size), (1, 1, *size)):
        x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(net, (x,))


def test_matrices_of_a_spline_are_no_weights_and_stay_exact() -> None:
    net = ResizeMap(-1, dims=2, mode="spline")
    assert not net.state_dict()
    assert not list(net.buffers())
    exact = spline_matrix(5, 10)
    x = torch.randn(1, 1, 5, 5, dtype=torch.float64)
    net.half().double().to_empty(device="cpu")
    torch.testing.assert_close(net(x)[0, 0], exact @ x[0, 0] @ exact.T, rtol=0, atol=1e-14)
    torch.testing.assert_close(net(x.float())[0, 0], exact.float() @ x[0, 0].float() @ exact.float().T)


def test_a_spline_takes_any_size_under_compilers_too() -> None:
    net = ResizeMap(-1, dims=2, mode="spline")
    x = torch.randn(1, 2, 7, 3)
    torch._dynamo.reset()
    expected = spline_matrix(7, 14).float() @ x @ spline_matrix(3, 6).float().T
    torch.testing.assert_close(net(x), expected)
    torch.testing.assert_close(torch.compile(net, backend="aot_eager", fullgraph=True)(x), expected)
    torch.testing.assert_close(torch.export.export(net, (x,)).module()(x), expected)
