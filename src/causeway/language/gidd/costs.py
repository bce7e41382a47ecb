"""What a network costs: parameters, and operations per token of training."""

from typing import NamedTuple

from causeway.language.gidd.settings import Size


class Cost(NamedTuple):
    """Floating-point operations per token of training, forward and backward, by three counts."""

    attention: int
    """72 L d² + 12 L d T: matrices and attention without embedding and head, as in the study's
    main fit (arXiv:2512.10858, after DeepSeek, arXiv:2401.02954)."""
    parameters: int
    """6 P, with P the parameters without embedding and head (after Chinchilla)."""
    complete: int
    """3 L (24 d² + 4 d T + 3 H T) + 12 V d: with softmax, embedding and head."""


def hidden_parameters(size: Size) -> int:
    """Weights of the matrices without embedding and head, 12 L d²."""
    return 12 * size.layers * size.width**2


def cost(size: Size, length: int, vocabulary: int) -> Cost:
    """Operations per token.

    Parameters
    ----------
    size
        Of the network.
    length
        Tokens T of a sequence.
    vocabulary
        Rows of embedding and head.
    """
    L, d, T, H = size.layers, size.width, length, size.heads
    return Cost(
        attention=72 * L * d**2 + 12 * L * d * T,
        parameters=6 * hidden_parameters(size),
        complete=3 * L * (24 * d**2 + 4 * d * T + 3 * H * T) + 12 * vocabulary * d,
    )
