"""Notebook 00: the course itself, and whether it runs here."""
