"""Notebook 09: a label on every token."""
