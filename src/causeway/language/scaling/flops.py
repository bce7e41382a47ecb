"""Three ways to count the floating-point operations of training a transformer.

They give different exponents, most of all for small models, in which attention and head weigh
much: report all three.
"""

from causeway.language.scaling.runs import Counting


def parameters(layers: int, width: int) -> int:
    """Parameters without embedding and head, ``12 L d^2``, the small vectors left out."""
    return 12 * layers * width**2


def flops_per_token(
    layers: int, width: int, length: int, vocabulary: int
) -> dict[Counting, float]:
    """Training FLOPs (forward and backward) per token, by counting.

    ``flops`` is ``72 L d^2 + 12 L d T`` (DeepSeek LLM, arXiv:2401.02954, eq. 2); ``flops_6p`` is
    6 per parameter (Hoffmann et al., arXiv:2203.15556); ``flops_with_head`` adds the output
    matrix to the first, ``6 V d``. (The released code of arXiv:2512.10858 adds ``12 V d``, as if
    looking up an embedding were a product of matrices.)

    Parameters
    ----------
    layers, width, length, vocabulary
        Depth L, width d, tokens per sequence T and entries of the vocabulary V.
    """
    attended = 72.0 * layers * width**2 + 12.0 * layers * width * length
    return {
        "flops": attended,
        "flops_6p": 6.0 * parameters(layers, width),
        "flops_with_head": attended + 6.0 * vocabulary * width,
    }
