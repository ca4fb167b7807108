"""Chooses tiles by measurement: candidates, their programs, times, and a file of the winners."""
