"""Media types of files, by their suffix."""

from pathlib import PurePosixPath

FORMATS = {
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".h5ad": "application/x-hdf5",
    ".html": "text/html",
    ".j2": "text/plain",
    ".css": "text/css",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tar": "application/x-tar",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


def media_type(name: str) -> str:
    """Media type of a file; that of any bytes where the suffix tells nothing."""
    return FORMATS.get(PurePosixPath(name).suffix, "application/octet-stream")
