"""Speed on this machine: Tessel, its peers and the machine's own limits, in one run."""
