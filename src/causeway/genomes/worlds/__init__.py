"""Synthetic genomes, populations and diseases whose truth is kept."""
