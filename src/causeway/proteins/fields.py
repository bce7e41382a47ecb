"""Columns of text gathered from many places of a file at once, and the numbers in them."""

import numpy as np

_SPACE, _PLUS, _MINUS, _POINT, _ZERO = b" +-.0"
# Integers of so many digits are exact in float64.
_MOST_DIGITS = 15
_POWERS = 10.0 ** np.arange(_MOST_DIGITS)


def windows(text: np.ndarray, start: np.ndarray, width: int) -> np.ndarray:
    """Copy as many bytes from each of many places.

    Parameters
    ----------
    text
        uint8 (N,), contiguous.
    start
        int (n,): where each piece begins; all must end before `text` does.
    width
        Bytes of each piece.

    Returns
    -------
    uint8 (n, width)
    """
    if len(text) < width:
        return np.empty((0, width), np.uint8)
    # Overlapping items of one piece each: indexing copies them whole, not byte by byte.
    pieces = np.ndarray((len(text) - width + 1,), f"V{width}", text, strides=(1,))
    return pieces[start].view(np.uint8).reshape(len(start), width)


def decimals(field: np.ndarray) -> np.ndarray:
    """Read one number per row of a byte matrix.

    Plain decimal numbers that end in the last column are summed digit by digit as integers and
    divided once by a power of ten, which equals ``float(text)`` exactly. Anything else takes
    numpy's slower route.

    Parameters
    ----------
    field
        uint8 (n, width): ASCII text, padded with spaces on either side.

    Returns
    -------
    float64 (n,)

    Raises
    ------
    ValueError
        If a row is not a number.
    """
    width = field.shape[1]
    columns = np.ascontiguousarray(field.T)
    value = columns - _ZERO  # uint8 wraps below zero
    digit = value < 10
    point = columns == _POINT
    minus = columns == _MINUS
    filled = columns != _SPACE
    inside = digit | point
    plain = (
        width <= _MOST_DIGITS
        and digit[-1].all()
        and ((minus | (columns == _PLUS)) == (filled > inside)).all()
        and not (filled[:-1] > inside[1:]).any()
        and np.count_nonzero(point) == np.count_nonzero(point.any(0))
    )
    if not plain:
        return np.ascontiguousarray(field).view(f"S{width}").ravel().astype(np.float64)
    value *= digit
    number, divisor = np.zeros(len(field)), np.ones(len(field))
    for digits, points, behind in zip(value, point, _POWERS[width - 1 :: -1], strict=True):
        if points.any():
            divisor[points] = behind
            number *= np.where(points, 1.0, 10.0)
        else:
            number *= 10.0
        number += digits
    number /= divisor
    return np.where(minus.any(0), -number, number)


def integers(field: np.ndarray) -> np.ndarray:
    """Read one integer per row of a byte matrix, uint8 (n, width), as int32 (n,).

    Raises
    ------
    ValueError
        If a row is not an integer of 32 bits.
    """
    value = decimals(field)
    if not np.all((value == np.rint(value)) & (np.abs(value) < 2**31)):
        raise ValueError("not a whole number")
    return value.astype(np.int32)
