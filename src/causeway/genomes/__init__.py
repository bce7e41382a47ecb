"""Genomes: reference and personal sequences in windows, and what they express.

Two parts are offered as a library, and no step uses them: :mod:`causeway.genomes.reading.regions`,
which reads BED, and :func:`causeway.genomes.splits.crossed`, which counts genes times people that
training has seen or not.
"""
