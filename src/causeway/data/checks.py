"""Whether a file is the one that was promised."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Promise:
    """What is known of a file before it is fetched.

    Parameters
    ----------
    size
        Bytes, if known.
    sha256
        Hexadecimal digest, if known.
    by
        Who says so; stands in error messages.
    """

    size: int | None = None
    sha256: str | None = None
    by: str = "the registry"

    def __bool__(self) -> bool:
        return self.size is not None or self.sha256 is not None

    def broken(self, path: Path) -> str | None:
        """Tell how a file breaks the promise; None if it keeps it."""
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            return f"expected {self.size} bytes by {self.by}, got {size}"
        if self.sha256 is not None and (got := sha256_of(path)) != self.sha256:
            return f"expected sha256 {self.sha256} by {self.by}, got {got}"
        return None


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
