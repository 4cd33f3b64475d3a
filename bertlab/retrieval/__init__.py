"""Notebook 12: search."""
