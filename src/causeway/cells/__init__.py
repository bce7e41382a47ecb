"""Perturbation screens of single cells: from counts to predictions and causal matrices."""
