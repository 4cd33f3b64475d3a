"""Likely wrong answers to the exercises: a file each. See `bertlab.exercises.mistakes`."""
