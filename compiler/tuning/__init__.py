"""Chooses configurations by measurement: candidates, programs, times, a file of the winners."""
