"""Names of the splits of contexts."""

UNSEEN_DOSE = "unseen-dose"
"""Unseen doses of seen drugs: partially out of distribution."""
UNSEEN_DRUG = "unseen-drug"
"""Unseen drugs: fully out of distribution."""
