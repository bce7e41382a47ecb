"""Cause and effect: merging predictors, choosing the causal direction."""
