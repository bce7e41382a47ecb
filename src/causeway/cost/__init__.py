"""What a run will cost, before it is started: jobs, bytes, hours, memory.

Every number has a source that is told: counted from the configuration, measured (a throughput of
``docs/benchmarks`` or the record of a finished job), published, or assumed (what the user says of
a cluster). What has no source stays unknown; sums over it say "at least".
"""
