"""causeway: from raw public data to judged claims, one pipeline per paper."""

__version__ = "0.1.0"
