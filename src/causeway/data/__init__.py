"""Raw data: the registry of datasets, and downloads that resume, verify and never half-finish."""
