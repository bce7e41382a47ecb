"""Pieces of words by byte-pair encoding, trained by the ``tokenizers`` library."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from causeway.errors import InputError

BYTES = 256


class Pieces:
    """Byte-level byte-pair encoding (arXiv:2512.10858, released code).

    Text is normalised to NFC, and digits are merged in groups of three at most.

    Parameters
    ----------
    model
        JSON of the ``tokenizers`` library.
    """

    def __init__(self, model: str) -> None:
        self._model = Tokenizer.from_str(model)
        self.size = self._model.get_vocab_size() + 1

    @classmethod
    def of(cls, texts: Iterable[str], size: int) -> "Pieces":
        """Learn pieces from texts.

        Parameters
        ----------
        texts
            Training documents.
        size
            Number N of tokens: 256 bytes, pieces, and the end of a document. Short texts may
            have fewer pieces.

        Raises
        ------
        InputError
            If there is no room for the bytes.
        """
        if size < BYTES + 1:
            raise InputError(
                "tokeniser.size",
                f"{size} tokens cannot hold {BYTES} bytes and the end of a document",
                f"Choose {BYTES + 1} or more",
            )
        model = Tokenizer(models.BPE())
        model.normalizer = normalizers.NFC()
        model.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(r"\d{1,3}"), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        model.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size - 1,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        model.train_from_iterator(texts, trainer)
        return cls(model.to_str())

    def encode(self, text: str) -> NDArray[np.integer]:
        """Tokens of a text."""
        return self.encode_all([text])[0]

    def encode_all(self, texts: Sequence[str]) -> list[NDArray[np.integer]]:
        """Tokens of each of some texts, which are shared out among threads."""
        found = self._model.encode_batch_fast(list(texts))
        return [np.asarray(one.ids, dtype=np.uint32) for one in found]

    def decode(self, tokens: Iterable[int]) -> str:
        """Text of tokens, in NFC; pieces of characters become replacement characters."""
        kept = [int(token) for token in tokens if token < self.size - 1]
        return self._model.decode(kept, skip_special_tokens=False)

    def description(self) -> dict[str, Any]:
        """Kind and model."""
        return {"kind": "pieces", "model": self._model.to_str()}
