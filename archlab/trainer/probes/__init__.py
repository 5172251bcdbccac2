"""What a net shows while it trains: thumbnails of its maps, and what each link brings to a fusion.

Probes look at one eager pass over a fixed batch, in eval mode and without gradients; they leave nothing behind.
"""
