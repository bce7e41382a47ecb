"""Artificial text of which the entropy is known, so that no model can honestly do better."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.language.settings import Artificial

SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstv" for vowel in "aeiou"]
FLATNESS = 0.5
"""Concentration of the chances of followers: small values make some much likelier."""


class Language(NamedTuple):
    """Words, and the chances of each to follow each."""

    words: list[str]
    chances: NDArray[np.float64]
    """Shape (W, W), rows: the word before."""

    @property
    def stationary(self) -> NDArray[np.float64]:
        """Share of each word in long texts."""
        count = len(self.words)
        system = np.vstack([self.chances.T - np.eye(count), np.ones(count)])
        return np.linalg.lstsq(system, np.append(np.zeros(count), 1), rcond=None)[0]

    @property
    def entropy(self) -> float:
        """Nats per character of long texts, spaces included: a bound for any model.

        Words end with a space, so that characters settle the words and words the characters.
        """
        logs = np.log(np.where(self.chances > 0, self.chances, 1))
        per_word = -(self.chances * logs).sum(1)
        lengths = np.array([len(word) + 1 for word in self.words])
        return float(self.stationary @ per_word / (self.stationary @ lengths))


def language(settings: Artificial) -> Language:
    """Make up words of one to three syllables, and which of them follow which."""
    generator = np.random.default_rng((settings.seed, 0))
    words: dict[str, None] = {}
    while len(words) < settings.words:
        parts = generator.choice(SYLLABLES, size=generator.integers(1, 4))
        words["".join(parts)] = None
    chances = np.zeros((settings.words, settings.words))
    for place, row in enumerate(chances):
        # The next word is among the followers, so that every word is reached.
        others = generator.permutation(settings.words - 1)[: settings.followers - 1]
        following = (place + 1 + np.append(0, others + 1)) % settings.words
        row[following] = generator.dirichlet(np.full(len(following), FLATNESS))
    return Language(list(words), chances)


def text(settings: Artificial) -> str:
    """Draw a text."""
    made = language(settings)
    generator = np.random.default_rng((settings.seed, 1))
    limits = made.chances.cumsum(1)
    place, found = 0, []
    for chance in generator.random(settings.length):
        place = min(int(np.searchsorted(limits[place], chance)), settings.words - 1)
        found.append(made.words[place])
    return " ".join(found) + " "
