"""Genomes: reference and personal sequences in windows, and what they express."""
