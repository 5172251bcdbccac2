"""What every attention cell has on top of a residual one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from archlab.fitting import around
from archlab.options.residual import ResidualOptions
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.text.sentences import either

MOST_HEADS = 4096
Extent = Annotated[int, Meta(ge=1, le=65536)]
Triple = Annotated[tuple[Extent, ...], Meta(min_length=2, max_length=3)]

Heads = Annotated[
    int, Meta(ge=1, le=MOST_HEADS, description="Attention heads; each looks at its own share of the features.")
]
Score = Annotated[
    Literal["cosine", "dot"],
    Meta(description="How a query meets a key: by their angle, or by their scaled product."),
]
NormalizeQK = Annotated[
    bool,
    Meta(description='With score "dot": queries and keys brought to zero mean and unit variance first.'),
]


class AttentionOptions(ResidualOptions, frozen=True, kw_only=True):
    """What every attention cell has on top."""

    heads: Heads = 16
    score: Score = "cosine"
    normalize_qk: NormalizeQK = True
    stride_qk: Annotated[
        Triple,
        Meta(
            description="Stride of the convolutions that make queries and keys, (D, H, W): coarser ones are cheaper to "
            "compare; values keep every pixel. The D of a two-dimensional cell is not looked at."
        ),
    ] = (1, 1, 1)
    attention_dropout: Annotated[
        float, Meta(ge=0.0, le=0.99, description="Share of attention weights dropped while training.")
    ] = 0.0
    output_projection: Annotated[bool, Meta(description="A convolution after the attention.")] = True

    pointwise_output: ClassVar[bool] = False  # the output projection looks at single pixels

    def inert(self) -> Mapping[str, str]:
        """Fields without effect as the others are, with the reason."""
        cosine = {"normalize_qk": 'score "cosine" compares directions: there is nothing to normalise'}
        return {**super().inert(), **(cosine if self.score == "cosine" else {})}

    def shares(self, heads: int, shared: int, asked: int) -> bool:
        """Whether so many heads divide `shared` features, and can normalise their part of a query's `asked` ones."""
        return shared % heads == 0 and not (self.score == "dot" and self.normalize_qk and asked == heads)

    def head_problems(self, what: str, shared: int, asked: int) -> Iterator[Problem]:
        """Heads that do not divide the `shared` features, or leave nothing to normalise of the `asked` of a query."""

        def fits(heads: int) -> bool:
            return self.shares(heads, shared, asked)

        if shared % self.heads:
            near = around(self.heads, range(1, MOST_HEADS + 1), fits)
            heads = either(near) if near else '1 with normalize_qk false, or with score "cosine"'
            yield Problem(
                code="AL203",
                field="heads",
                message=f"{what} cannot be shared out among {self.heads} heads.",
                hint=f"Use heads {heads}.",
            )
        elif not fits(self.heads):
            near = around(self.heads, range(1, self.heads), fits)
            hint = f"Use heads {near[0]}, or " if near else "Use "
            yield Problem(
                code="AL206",
                field="normalize_qk",
                message="with one feature per head there is no variance to normalise by.",
                hint=f'{hint}normalize_qk false, or score "cosine".',
            )

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Whether a 3x3 convolution is in this cell."""
        return (self.output_projection and not self.pointwise_output) or super().convolves(x, width)

    def attention_arguments(self) -> dict[str, Any]:
        """What an attention of `archlab.nn` gets from these options."""
        return {
            "heads": self.heads,
            "score": self.score,
            "normalize_qk": self.normalize_qk,
            "dropout": self.attention_dropout,
            "output_projection": self.output_projection,
        }
