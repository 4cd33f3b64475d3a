"""Check, hint, solution: the machinery behind every exercise. The exercises lie with their topics."""
