"""Predictors of expression that a network has to beat."""
