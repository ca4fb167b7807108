"""Tessel."""
