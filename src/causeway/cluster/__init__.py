"""Runs on a SLURM cluster: what is asked of it, what it has, and what is left of a job's time.

Nothing here is loaded by a step but :mod:`causeway.cluster.allocation`, which is empty-handed
where there is no SLURM.
"""
