"""Whole models with random weights: in `tessel.nn`, and the same in torch."""
