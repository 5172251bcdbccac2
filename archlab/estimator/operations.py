"""What each torch operation counts as, when a module is measured instead of being told by a closed form.

The convention is that of `archlab.costing.tape`. An operation that stands nowhere here is named in `not_counted`.
"""

from __future__ import annotations

_ONE_PER_OUTPUT = """
abs add addcmul celu clamp clamp_min cos div elu erf exp floor_divide gelu hardsigmoid hardswish hardtanh leaky_relu
lerp log maximum minimum mish mul neg pow _prelu_kernel prelu reciprocal relu relu6 rsqrt rsub sigmoid silu sin
softplus sqrt square sub tanh where
"""
_ONE_PER_INPUT = """
adaptive_avg_pool2d _adaptive_avg_pool2d _adaptive_avg_pool3d amax amin avg_pool2d avg_pool3d cumsum max
max_pool2d_with_indices max_pool3d_with_indices mean min prod sum
"""
_NO_ARITHMETIC = """
_reshape_alias _to_copy _unsafe_view alias arange as_strided bernoulli cat clone constant_pad_nd copy detach diagonal
empty empty_like empty_strided expand fill flip full full_like gather index index_select lift_fresh masked_fill
new_empty new_full new_ones new_zeros ones ones_like permute pixel_shuffle pixel_unshuffle rand rand_like randn
reflection_pad1d reflection_pad2d reflection_pad3d repeat replication_pad2d replication_pad3d reshape resize roll
scalar_tensor select set slice slice_scatter sort split split_with_sizes squeeze stack t transpose tril triu unbind
unfold unsqueeze upsample_nearest2d upsample_nearest3d view view_as_complex view_as_real zeros zeros_like
"""

PER_OUTPUT = {
    **dict.fromkeys(_ONE_PER_OUTPUT.split(), 1),
    "upsample_linear1d": 4,
    "upsample_bilinear2d": 4,
    "upsample_bicubic2d": 4,
    "upsample_trilinear3d": 4,
    "native_group_norm": 5,
    "native_layer_norm": 5,
    "_softmax": 5,
    "softmax": 5,  # written into its input
    "_log_softmax": 5,
}
PER_INPUT = {
    **dict.fromkeys(_ONE_PER_INPUT.split(), 1),
    "linalg_vector_norm": 2,
    "var": 3,
    "std": 3,
    "var_mean": 4,
    "std_mean": 4,
}
NO_ARITHMETIC = frozenset(_NO_ARITHMETIC.split())
