"""Plain convolution cells: convolution, norm and activation, without a shortcut."""
