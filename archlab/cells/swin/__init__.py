"""The published Swin block: attention among the pixels of windows, then an MLP."""
