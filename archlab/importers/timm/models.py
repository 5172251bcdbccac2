"""timm's names of models (version 1.0) and the templates of the same nets."""

from __future__ import annotations

# Of several names one template; what stands behind a dot in a name says how the weights were trained, and is no name.
MODELS = {
    "hrnet_w18_small": "hrnet-w18-small",
    "hrnet_w18_small_v2": "hrnet-w18-small-v2",
    **{f"hrnet_w{width}": f"hrnet-w{width}" for width in (18, 30, 32, 40, 44, 48, 64)},
}
