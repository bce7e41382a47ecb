"""Phenformer: from personal genomes through expression to risk (arXiv:2501.07737)."""
