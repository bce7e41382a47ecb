"""Numbers are written to their uncertainty, and so that they can be told apart."""

import math

import pytest

from causeway.numerals import contrast, duration, interval


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.5612, 0.5212, 0.6012), "0.561 [0.521, 0.601]"),
        ((-0.0123, -0.2, 0.18), "−0.01 [−0.20, 0.18]"),
        ((-0.0001, -0.2, 0.2), "0.00 [−0.20, 0.20]"),
        ((12345.6, 12000, 12700), "12346 [12000, 12700]"),
        ((-0.001, -0.001009, -0.000991), "−0.0010 [−0.0010, −0.0010]"),
        ((2.01e-6, 1.9e-6, 2.12e-6), "2.0e−6 [1.9e−6, 2.1e−6]"),
        ((1.0, 1.0, 1.0), "1 [1, 1]"),
        ((0.5, math.nan, math.nan), "0.5"),
        ((math.nan, math.nan, math.nan), ""),
    ],
)
def test_intervals_are_written_to_their_uncertainty(numbers, text):
    assert interval(*numbers) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.004, "< 0.01 s"),
        (0.42, "0.42 s"),
        (3, "3 s"),
        (5.39, "5.4 s"),
        (41.3, "41 s"),
        (90, "1.5 min"),
        (5400, "1.5 h"),
        (2e5, "2.3 d"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        (0.657, -0.000263, "0.657 against −0.000263"),
        (1.5, 0.484, "1.50 against 0.484"),
        (120.3, 8.41e-6, "120 against 8.41e−6"),
        (1.0, 1.0004, "1.0000 against 1.0004"),
        (1.0, 1.0, "both 1"),
        (1.0, 1.0 + 1e-9, "both 1.00000 to six digits"),
    ],
)
def test_two_numbers_get_the_digits_that_tell_them_apart(a, b, text):
    assert contrast(a, b) == text
