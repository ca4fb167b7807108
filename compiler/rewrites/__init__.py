"""Rules that rewrite one op, by subject; `tessel-canonicalize` applies them."""
