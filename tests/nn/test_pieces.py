"""Attention in pieces against the formula with the whole matrix: results, gradients, memory, half precision."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from archlab.costing.recorder import Conditions
from archlab.document.feature_map import FeatureMap
from archlab.nn import pieces
from archlab.nn.attention import Mask, attend
from archlab.parts.catalog import default
from archlab.testing.trials import Trial
from tests.contracts.test_cost import holds as closed_form_holds

SCORES: dict[str, dict[str, Any]] = {
    "cosine": {"score": "cosine"},
    "dot": {"score": "dot"},
    "standardized": {"score": "dot", "normalize_qk": True},
}
# Patterns (k, h or 1, T or 1, T'): rows of a mask, one mask of all heads, a mask of each head.
PATTERNS = {"none": None, "rows": (3, 1, 1), "all heads": (2, 1, 5), "each head": (3, 2, 5), "heads' rows": (2, 2, 1)}
GROUPS, HEADS, ROWS = 6, 2, 5


class Sizes(NamedTuple):
    """Features of queries and keys, and of values; few ones and, with many, more than there are tokens."""

    asked: int
    answered: int


WIDE, NARROW, STRIDED = Sizes(20, 20), Sizes(3, 3), Sizes(3, 17)


def tokens(groups: int, heads: int, rows: int, features: int, seed: int) -> Tensor:
    """`(G, h, T, F)` float64, laid out as tokens with their heads side by side."""
    generator = torch.Generator().manual_seed(seed)
    whole = torch.randn(groups, rows, heads * features, generator=generator, dtype=torch.float64)
    return whole.unflatten(-1, (heads, features)).transpose(1, 2)


def given(sizes: Sizes, bias: bool = True) -> list[Tensor]:
    """Queries, keys, values, and a bias or none; they need gradients."""
    widths = (sizes.asked, sizes.asked, sizes.answered)
    found = [tokens(GROUPS, HEADS, ROWS, width, seed) for seed, width in enumerate(widths)]
    if bias:
        found.append(tokens(1, HEADS, ROWS, ROWS, 3)[0].contiguous())
    return [x.detach().requires_grad_() for x in found]


def mask_of(shape: tuple[int, int, int] | None) -> Mask | None:
    """Patterns that no row is empty in, for the three groups of a map; there are two maps."""
    if shape is None:
        return None
    generator = torch.Generator().manual_seed(4)
    closed = torch.rand(*shape, ROWS, generator=generator) < 0.4
    closed[..., 0] = False
    patterns = torch.zeros(closed.shape, dtype=torch.float64).masked_fill_(closed, -torch.inf)
    return Mask(patterns, torch.tensor([1, 0, shape[0] - 1]))


def plain(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    bias: Tensor | None = None,
    *,
    score: str,
    normalize_qk: bool = False,
    mask: Mask | None = None,
    bias_after_softmax: bool = False,
) -> Tensor:
    """The formula."""
    scale = 1.0
    if score == "cosine":
        q, k = (x / x.square().sum(-1, keepdim=True).sqrt() for x in (q, k))
    else:
        scale = q.shape[-1] ** -0.5
        if normalize_qk:
            q, k = ((x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + 1e-5).sqrt() for x in (q, k))
    scores = torch.einsum("ghif,ghjf->ghij", q, k) * scale
    if bias is not None and not bias_after_softmax:
        scores = scores + bias
    if mask is not None:
        scores = scores + mask.patterns[mask.which].repeat(scores.shape[0] // mask.which.shape[0], 1, 1, 1)
    weights = scores.exp() / scores.exp().sum(-1, keepdim=True)
    return (weights + bias if bias is not None and bias_after_softmax else weights) @ v


def product(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None, **options: Any) -> Tensor:
    """The product, called as `plain` is."""
    return attend(q, k, v, bias=bias, **options)


@pytest.fixture(params=["whole", "groups", "heads", "rows"])
def size_of_pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """All at once, some groups, some heads of a group, some queries of a head."""
    numbers = {"whole": 1 << 20, "groups": 2 * HEADS * ROWS * 20, "heads": ROWS * 20, "rows": 8}
    monkeypatch.setattr(pieces, "SCORES", numbers[request.param])
    monkeypatch.setattr(pieces, "FEWEST_ROWS", 2)
    return str(request.param)


def test_pieces_are_what_their_names_say(size_of_pieces: str) -> None:
    q, k, v = given(WIDE, bias=False)
    cuts = list(pieces._pieces(q, k, v))
    sizes = {(q[piece.queries].shape[:3]) for piece in cuts}
    first = {"whole": (6, 2, 5), "groups": (2, 2, 5), "heads": (1, 1, 5), "rows": (1, 1, 2)}[size_of_pieces]
    assert first in sizes
    assert max(sizes) == first
    seen = torch.zeros(GROUPS, HEADS, ROWS)
    for piece in cuts:
        seen[piece.queries] += 1
    assert torch.equal(seen, torch.ones_like(seen))


@pytest.mark.parametrize("sizes", [WIDE, NARROW, STRIDED], ids=["wide", "narrow", "strided"])
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("score", SCORES)
def test_results_and_gradients(score: str, pattern: str, sizes: Sizes, size_of_pieces: str) -> None:
    options = {**SCORES[score], "mask": mask_of(PATTERNS[pattern])}
    hold(product, given(sizes), options)


@pytest.mark.parametrize("pattern", ["none", "each head"])
@pytest.mark.parametrize("after", [False, True], ids=["no bias", "bias after the softmax"])
def test_other_biases(after: bool, pattern: str, size_of_pieces: str) -> None:
    options = {"score": "cosine", "mask": mask_of(PATTERNS[pattern]), "bias_after_softmax": after}
    hold(product, given(NARROW, bias=after), options)


def hold(function: Callable[..., Tensor], xs: list[Tensor], options: dict[str, Any]) -> None:
    """A function and the formula agree in result and in every gradient."""
    out, expected = function(*xs, **options), plain(*xs, **options)
    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-12)
    grad = torch.randn(out.shape, generator=torch.Generator().manual_seed(5), dtype=out.dtype)
    found, right = torch.autograd.grad(out, xs, grad), torch.autograd.grad(expected, xs, grad)
    for one, other in zip(found, right, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("score", SCORES)
def test_gradcheck(score: str, size_of_pieces: str) -> None:
    xs = [x.detach()[:3].clone().requires_grad_() if x.dim() == 4 else x for x in given(NARROW)]
    options = {**SCORES[score], "mask": mask_of(PATTERNS["all heads"])}
    assert torch.autograd.gradcheck(lambda *xs: product(*xs, **options), xs, fast_mode=True)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("features", [4, 40])
@pytest.mark.parametrize("columns", [pieces.SHORT_ROW - 1, pieces.SHORT_ROW])
def test_short_rows_and_long_ones(columns: int, features: int, score: str, size_of_pieces: str) -> None:
    """Softmax, and lengths of tokens with more features than there are tokens, go two ways."""
    xs = [tokens(3, HEADS, columns, features, seed).detach().requires_grad_() for seed in range(3)]
    hold(product, xs, SCORES[score])


@pytest.mark.parametrize("frames", [pieces.SHORT_ROW - 1, pieces.SHORT_ROW])
@pytest.mark.parametrize("score", ["cosine", "dot"])
def test_closed_form_of_short_rows_and_long_ones(score: str, frames: int) -> None:
    cls, preset = default().codes["T1"]
    part = cls(**dict(preset) | {"heads": 4, "score": score})
    closed_form_holds(Trial("T1", part, FeatureMap(channels=8, size=(frames, 4, 6)), (8,)), Conditions(batch=2))


def test_scores_of_any_size() -> None:
    """Softmax weights do not overflow."""
    for columns in (4, 32):
        q, k, v = (1e3 * tokens(2, HEADS, columns, 4, seed) for seed in range(3))
        assert attend(q, k, v, score="dot").isfinite().all()


def test_zeros_have_no_direction() -> None:
    """A token of zeros is as far from every other: its queries take the mean of the values."""
    for features in (3, 20):
        q, k, v = (tokens(2, HEADS, ROWS, features, seed).clone() for seed in range(3))
        q[:, :, 1] = 0
        out = attend(q, k, v)
        torch.testing.assert_close(out[:, :, 1], v.mean(2))


def test_a_second_derivative_is_refused() -> None:
    q, k, v = given(NARROW, bias=False)
    (first,) = torch.autograd.grad(attend(q, k, v).square().sum(), q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


def test_a_single_feature_has_no_variance() -> None:
    q, k, v = (tokens(2, HEADS, ROWS, 1, seed) for seed in range(3))
    with pytest.raises(ValueError, match="use fewer heads"):
        attend(q, k, v, score="dot", normalize_qk=True)


def most_alive(work: Callable[[], object]) -> int:
    """The most float32 numbers alive at once beyond those there were before, as torch's allocator tells."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        work()
    events = watched.profiler.kineto_results.events()
    changes = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    return max(accumulate(change for _, change in changes)) // 4


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("groups", "rows"), [(64, 256), (1, 2048)], ids=["many groups", "one large group"])
def test_memory(groups: int, rows: int, masked: bool) -> None:
    """Results, gradients, what the bias takes, and a few pieces: not the attention matrix, of which they are a part."""
    heads, features = 4, 4
    q, k, v = (torch.randn(groups, rows, heads, features).transpose(1, 2).requires_grad_() for _ in range(3))
    bias = torch.randn(heads, rows, rows).requires_grad_()
    mask = Mask(torch.zeros(1, 1, 1, rows), torch.zeros(1, dtype=torch.long)) if masked else None
    out = torch.empty_like(q)
    matrix, map, of_bias = groups * heads * rows * rows, q.numel(), bias.numel()

    def forward() -> None:
        with torch.no_grad():
            attend(q, k, v, bias=bias, mask=mask)

    def training() -> None:
        torch.autograd.grad(attend(q, k, v, bias=bias, mask=mask), (q, k, v, bias), out)

    assert most_alive(forward) <= map + 3 * pieces.SCORES
    assert most_alive(training) <= 4 * map + of_bias + 6 * pieces.SCORES
    with torch.no_grad():
        whole = most_alive(lambda: torch.softmax(q @ k.transpose(-2, -1) + bias, -1) @ v)
    assert whole >= 2 * matrix  # so the meter sees what is not there above


@pytest.mark.parametrize("pattern", ["none", "each head"])
def test_half_precision(pattern: str) -> None:
    """torch's own attention computes it, also where autocast made it so; the formula in float64 holds for both."""
    xs = given(WIDE)
    mask = mask_of(PATTERNS[pattern])
    expected = plain(*xs, score="cosine", mask=mask)
    out = product(*(x.bfloat16() for x in xs), score="cosine", mask=mask)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.double(), expected, rtol=0, atol=0.05)
    with torch.autocast("cpu", torch.bfloat16):
        cast = torch.nn.functional.linear(xs[2].float(), torch.eye(20))  # as a projection makes values
        out = product(xs[0].float(), xs[1].float(), cast, xs[3].float(), score="cosine", mask=mask)
        out.float().sum().backward()
    assert out.dtype == cast.dtype == torch.bfloat16
    torch.testing.assert_close(out.double(), expected, rtol=0, atol=0.05)
    assert all(x.grad is not None and x.grad.isfinite().all() and x.grad.abs().sum() > 0 for x in xs)


def test_autocast_leaves_full_precision_to_the_pieces() -> None:
    """What no projection has cast is multiplied as the surrounding code asks, and stays right."""
    xs = given(WIDE)
    expected = plain(*xs, score="cosine")
    with torch.autocast("cpu", torch.bfloat16):
        out = product(*(x.float() for x in xs), score="cosine")
    torch.testing.assert_close(out.double(), expected, rtol=0, atol=0.05)


@pytest.mark.gpu
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("score", SCORES)
def test_on_a_gpu(score: str, pattern: str) -> None:
    """torch's kernels there, with the same results and gradients."""
    mask = mask_of(PATTERNS[pattern])
    there = None if mask is None else Mask(*(x.cuda() for x in mask))

    def on_gpu(*xs: Tensor, **options: Any) -> Tensor:
        return product(*(x.cuda() for x in xs), **options | {"mask": there}).cpu()

    hold(on_gpu, given(WIDE), {**SCORES[score], "mask": mask})
