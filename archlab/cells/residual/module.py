"""The frame of a cell: norms, residual sums, stochastic depth, and the way the mixer is joined."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from archlab.geometry.grouping import Grouping
from archlab.nn.conv import conv3x3
from archlab.nn.drop_path import drop_path
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.mixer import make_mixer
from archlab.nn.norm import make_norm, normalized


class ResidualCell(nn.Module):
    """Norm, operation and mixer with residual sums, for maps `(B, C, [D,] H, W)`.

    With N1, N2 norms, A the operation, M the mixer, SD stochastic depth per sample, and P the identity or a 3x3
    convolution where the channels change:

        sequential: y = P(x) + SD(A(N1(x)));   z = y + SD(M(N2(y)))
        parallel:   z = P(x) + SD(A(N1(x))) + SD(M(N1(x)))

    N2 exists only where it is used. With `mixer_residual` off, the sequential form ends in z = SD(M(N2(y))), as
    SNRAware's code does with linear mixers. `operation` is a pair of the name that it gets as a submodule ("attn",
    "conv") and the module, which is called with frames and their depth.

    Source: SNRAware (STCNNT), cells; the parallel form follows Dehghani et al. 2023 (ViT-22B), section 2.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        operation: tuple[str, nn.Module],
        mixer: nn.Module | None = None,
        *,
        size: tuple[int, int, int],
        norm: str,
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
        arrangement: Literal["sequential", "parallel"] = "sequential",
        drop_path: float = 0.0,
        mixer_residual: bool = True,
    ) -> None:
        super().__init__()
        self.parallel = arrangement == "parallel"
        self.input_proj = conv3x3(in_channels, out_channels) if in_channels != out_channels else nn.Identity()
        self.norm_name = norm
        self.norm1 = make_norm(norm, in_channels, size, norm_eps, norm_momentum)
        self.operation, module = operation
        self.add_module(self.operation, module)
        if mixer is not None and not self.parallel:
            self.norm2 = make_norm(norm, out_channels, size, norm_eps, norm_momentum)
        self.mixer = mixer
        self.drop_path = drop_path
        self.mixer_residual = mixer_residual or self.parallel

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, depth = to_frames(x)
        normed = normalized(self.norm1, self.norm_name, frames, depth)
        out = self.input_proj(frames) + self._skip(getattr(self, self.operation)(normed, depth), depth)
        if self.mixer is not None:
            source = normed if self.parallel else normalized(self.norm2, self.norm_name, out, depth)
            del frames, normed  # the mixer is where memory is short
            mixed = self._skip(self.mixer(source, depth), depth)
            out = out + mixed if self.mixer_residual else mixed
        return from_frames(out, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"arrangement={'parallel' if self.parallel else 'sequential'}, drop_path={self.drop_path}"

    def _skip(self, branch: Tensor, depth: int) -> Tensor:
        return drop_path(branch, depth, self.drop_path if self.training else 0.0)


def residual_cell(
    in_channels: int,
    out_channels: int,
    operation: tuple[str, nn.Module],
    *,
    size: tuple[int, int, int],
    norm: str,
    norm_eps: float = 1e-5,
    norm_momentum: float = 0.1,
    activation: str,
    mixer: str,
    mixer_ratio: float,
    mixer_kernel: int,
    arrangement: Literal["sequential", "parallel"],
    drop_path: float,
    grouping: Grouping | None = None,
    volumetric: bool = False,
    mixer_residual: bool = True,
) -> ResidualCell:
    """A residual cell with the mixer of that kind; `grouping` is what a linear mixer works on."""
    return ResidualCell(
        in_channels,
        out_channels,
        operation,
        make_mixer(
            mixer,
            in_channels if arrangement == "parallel" else out_channels,
            out_channels,
            ratio=mixer_ratio,
            kernel=mixer_kernel,
            activation=activation,
            grouping=grouping,
            volumetric=volumetric,
        ),
        size=size,
        norm=norm,
        norm_eps=norm_eps,
        norm_momentum=norm_momentum,
        arrangement=arrangement,
        drop_path=drop_path,
        mixer_residual=mixer_residual,
    )
