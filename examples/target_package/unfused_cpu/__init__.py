"""A target for Tessel: this machine, without fusion and without kernels of Tessel's own."""
