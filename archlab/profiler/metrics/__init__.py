"""One file per thing measured; none knows another."""
