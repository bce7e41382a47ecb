"""What is wrong with a result, told in one line."""

from typing import NamedTuple


class Problem(NamedTuple):
    """A file, what is wrong with it, and what to do."""

    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}. {self.remedy}."
