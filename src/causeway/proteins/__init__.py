"""Protein structures as rigid backbones: reading, storing, splitting, geometry."""
