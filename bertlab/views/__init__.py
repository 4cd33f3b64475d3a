"""Everything that draws: each view is a thin layer over a pure function, and has a text form."""
