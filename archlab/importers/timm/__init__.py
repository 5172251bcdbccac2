"""timm's model names in: the document of the same net, and its weights. timm itself is not needed."""

from archlab.importers.timm.loading import load_timm

__all__ = ["load_timm"]
