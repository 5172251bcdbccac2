"""The module of ResNet's cells."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from archlab.cells.basic.steps import Step
from archlab.nn.activation import make_activation
from archlab.nn.conv import conv
from archlab.nn.conv_norm import conv_norm_activation
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.norm import make_norm

Size = tuple[int, int, int]


class ResidualConvolutions(nn.Module):
    """Convolutions beside a shortcut: a basic block, a bottleneck.

    Step i is `conv{i}` (no bias, zeros beyond the border), `norm{i}` and, but for the last, `act{i}`; `act` follows the
    sum with the shortcut, which is the map itself or, where the shape changes, `shortcut` and `shortcut_norm`.

    Args:
        in_channels: of the map that comes in.
        steps: the convolutions.
        sizes: (D, H, W) behind each of them, to which layer norms are bound.
        norm, norm_eps, norm_momentum: see `archlab.nn.norm.make_norm`.
        activation: its name.

    Source: He et al. 2016 (ResNet), section 3.3, option B: a projection where the shape changes; figure 5.
    """

    def __init__(
        self,
        in_channels: int,
        steps: Sequence[Step],
        *,
        sizes: Sequence[Size],
        norm: str,
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
        activation: str,
    ) -> None:
        super().__init__()
        self.norm_name = norm
        self.steps = len(steps)
        channels = in_channels
        for number, (step, size) in enumerate(zip(steps, sizes, strict=True), 1):
            convolution = conv(channels, step.channels, step.kernel, stride=step.stride, bias=False, padding="zeros")
            self.add_module(f"conv{number}", convolution)
            self.add_module(f"norm{number}", make_norm(norm, step.channels, size, norm_eps, norm_momentum))
            if number < self.steps:
                self.add_module(f"act{number}", make_activation(activation))
            channels = step.channels
        self.act = make_activation(activation)
        around = Step.around(steps, in_channels)
        self.shortcut = None if around is None else conv(in_channels, channels, 1, stride=around.stride, bias=False)
        self.shortcut_norm = None if around is None else make_norm(norm, channels, sizes[-1], norm_eps, norm_momentum)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H', W')`."""
        frames, depth = to_frames(x)
        out = frames
        for number in range(1, self.steps + 1):
            act = getattr(self, f"act{number}") if number < self.steps else None
            convolution, norm = getattr(self, f"conv{number}"), getattr(self, f"norm{number}")
            out = conv_norm_activation(out, depth, convolution, norm, self.norm_name, act)
        if self.shortcut is not None and self.shortcut_norm is not None:
            frames = conv_norm_activation(frames, depth, self.shortcut, self.shortcut_norm, self.norm_name)
        return from_frames(self.act(out + frames), x)
