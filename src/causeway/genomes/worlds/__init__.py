"""Synthetic genomes, populations and diseases with known truth, in the files of real ones.

The settings (:mod:`causeway.genomes.worlds.settings`) say what a world is made of. A grammar maps
any sequence to expression, hence reference, personal and real sequences alike; a population has
sites with frequencies like real ones; liabilities rest on true differences of expression.
"""

import lazy_loader

# Configurations import the settings beside this file, without pysam.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "differences": ["true_differences"],
        "genome": ["draw_genome", "write_genome"],
        "grammar": ["Grammar", "draw_grammar", "read_grammar", "write_grammar"],
        "liability": ["Diseases", "draw_diseases", "write_diseases"],
        "population": ["draw_records", "write_records"],
    },
)
