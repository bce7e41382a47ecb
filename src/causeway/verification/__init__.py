"""Whether results are still what their jobs recorded, and hang together.

``results`` goes through all; ``files`` compares files with recorded identities, ``chain`` what one
job read with what another wrote, ``listing`` files with the list of the run's crate; ``strays``
finds what no record has, ``verdicts`` judges claims again, and ``code`` tells which jobs ran with
code that has changed since.
"""

import lazy_loader

# The command line reads this for all commands; judging needs scipy, which takes long to load.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"results": ["Examination", "examine"]}
)
