"""Structure files from wherever they are published.

A source (``causeway.proteins.sources``) is surveyed once into a plan, which fixes what the dataset
consists of; each shard then delivers its part of the plan, whatever the kind of source.
"""
