"""Side-by-side measurements of what the course claims to do well: `python -m benchmarks` lists them."""
