"""Notebook 11: training sentence encoders."""
