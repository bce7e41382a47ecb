"""Readers of the public formats of sequences, annotation, variants and expression."""
