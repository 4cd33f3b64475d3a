"""Notebook 13: what came after BERT, each model as the smallest readable change to our own encoder."""
