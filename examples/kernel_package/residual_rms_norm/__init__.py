"""A kernel template for Tessel: the sum of two arrays and its RMS norm in one kernel."""
