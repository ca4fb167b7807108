"""Runs the demo from the command line."""

import sys

from examples.semantic_search.main import main

sys.exit(main())
