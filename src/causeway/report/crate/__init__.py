"""A run as an RO-Crate: what was made, by which code, from what, when and with which software.

The crate is the folder of a scale's results with ``ro-crate-metadata.json`` in it (RO-Crate 1.1,
https://w3id.org/ro/crate/1.1). It follows the profiles Process Run Crate 0.5, Workflow Run Crate
0.5 (https://w3id.org/ro/wfrun/workflow/0.5) and Workflow RO-Crate 1.0. ``crate`` is the step,
``workflow`` copies what ran, ``places`` names files, and ``actions``, ``sources`` and ``software``
describe jobs, raw data, and packages with machines.
"""
