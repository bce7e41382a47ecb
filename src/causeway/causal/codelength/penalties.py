"""Bits that name the mechanisms in use and say which environment uses which."""

import math
from functools import cache

from causeway.causal.codelength.inputs import whole
from causeway.errors import InputError


@cache
def stirling(environments: int, blocks: int) -> int:
    """Count the partitions of environments into non-empty blocks (second kind).

    Parameters
    ----------
    environments, blocks
        Not negative; more blocks than environments give 0.
    """
    if environments == blocks:
        return 1
    if not 0 < blocks < environments:
        return 0
    return blocks * stirling(environments - 1, blocks) + stirling(environments - 1, blocks - 1)


def penalty(environments: int, mechanisms: int, codebook: int) -> float:
    """Bits of one slot of mechanisms, ``2 l + 1`` with l as below (arXiv:2502.04210, code).

    ``l = log2 C(M, k) + log2 k! + log2 S(N, k) + log2 k``: which k of the M codebook members are
    used, how environments are parted into k blocks, which block gets which member, and k.

    Parameters
    ----------
    environments
        N, at least k.
    mechanisms
        k, at least 1.
    codebook
        M, at least k.

    Raises
    ------
    InputError
        If a number is not whole or less than 1, or k is more than there are environments or
        codebook members.
    """
    whole("environments", environments)
    whole("mechanisms", mechanisms)
    whole("codebook", codebook)
    where = f"penalty of {mechanisms} mechanisms"
    if mechanisms > environments:
        raise InputError(
            where,
            f"only {environments} environments can use them",
            "Use at most one mechanism per environment",
        )
    if mechanisms > codebook:
        raise InputError(
            where,
            f"the codebook has only {codebook} members",
            "Use fewer mechanisms or a larger codebook",
        )
    choices = math.comb(codebook, mechanisms) * math.factorial(mechanisms)
    ways = choices * stirling(environments, mechanisms) * mechanisms
    return 2 * math.log2(ways) + 1
