"""ResNet's cells: the basic block and the bottleneck."""
