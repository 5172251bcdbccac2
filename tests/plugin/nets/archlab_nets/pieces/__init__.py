"""Fixed cells that layouts put around blocks."""
