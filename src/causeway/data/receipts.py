"""What was received from where: the record of a download."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from causeway.data.checks import sha256_of
from causeway.data.web import Origin
from causeway.errors import InputError
from causeway.section import Section


class Receipt(Section):
    """A downloaded file; where the publisher gives no checksum, this is the one to hold it to."""

    url: str
    """Address or path that it came from."""
    bytes: int
    """Size."""
    sha256: str
    """Hexadecimal digest."""
    etag: str | None
    """Entity tag of the server."""
    modified: str | None
    """Date of the file on the server."""
    date: str
    """When it was received, in UTC."""

    @classmethod
    def of(cls, path: Path, url: str, origin: Origin) -> Self:
        """Write a receipt for a file that lies at ``path``."""
        return cls(
            url=url,
            bytes=path.stat().st_size,
            sha256=sha256_of(path),
            etag=origin.etag,
            modified=origin.modified,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Read a receipt; None if there is none.

        Raises
        ------
        InputError
            If the file is no receipt.
        """
        if not path.exists():
            return None
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise InputError(
                path, "is not a receipt", "Remove it together with the file beside it"
            ) from error

    def save(self, path: Path) -> None:
        """Write the receipt as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
