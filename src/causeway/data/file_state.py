"""Marks of files that are not made here, by which a change of theirs is noticed."""

from pathlib import Path


def file_state(path: str | None) -> str:
    """Mark of a file's or folder's present content, by which a change reruns what was made of it.

    Parameters
    ----------
    path
        File or folder, which may be absent; None where nothing is read.
    """
    place = None if path is None else Path(path)
    if place is None or not place.exists():
        return "no file"
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    marks = [(file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
    return ", ".join(f"{size} bytes of {time}" for size, time in marks[:1000])
