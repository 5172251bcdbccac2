"""SNRAware's configurations and weights in: U-Net, HRNet and SOANet backbones, and the denoising model around them.

Source: SNRAware (Xue et al. 2025, arXiv 2503.18162), `backbone` group of its configuration. The document says what
the original really builds; where archlab differs on purpose, the report says so.
"""

from archlab.importers.snraware.loading import Compat, import_snraware, load_snraware

__all__ = ["Compat", "import_snraware", "load_snraware"]
