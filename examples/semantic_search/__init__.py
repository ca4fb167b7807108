"""Semantic search with a real model on real text; run `python -m examples.semantic_search`."""
