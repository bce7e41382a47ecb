"""Configuration of the scaling study of discrete diffusion language models.

Marks in the descriptions: [S] seen in the released code of arXiv:2512.10858 or in its notebooks,
[ours] our choice.
"""

from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, PositiveInt, model_validator

from causeway.language.gidd.settings import (
    NOISES,
    SIZES,
    Choice,
    Evaluation,
    Fitting,
    Noise,
    Recipe,
    Sampling,
    SelfCorrection,
    Size,
)
from causeway.language.settings import Corpus, Registered, Source, Tokenisation
from causeway.system import Run, System


class GIDDConfig(System):
    """Section ``gidd`` of the configuration."""

    title: ClassVar[str] = "Scaling Behavior of Discrete Diffusion Language Models"
    arxiv: ClassVar[str] = "2512.10858"
    registered = (Registered,)

    run: Run = Run(datasets=["nemotron-cc"], variants=list(NOISES), seeds=[0])
    sources: dict[str, Source] = Field(
        default={"nemotron-cc": Corpus(path=Path("nemotron-cc"), pattern="*.parquet")}
    )
    """Texts by name: your own (``kind: corpus``), one that ``config/data.tsv`` lists
    (``kind: registered``), or artificial (``kind: artificial``). The study trains on Nemotron-CC
    [S], which has to be put there by hand."""
    variants: dict[str, Noise] = Field(default=NOISES)
    """Types of noise; masks alone, uniform noise alone, and three mixtures [S]."""
    tokens: Tokenisation = Tokenisation()
    sizes: dict[str, Size] = Field(default=SIZES)
    """Sizes by name; ``sweep.sizes`` says which are trained."""
    sweep: Choice = Choice()
    recipe: Recipe = Recipe()
    jobs: PositiveInt = 520
    """Jobs that the runs of a text are shared among; as many as runs, unless these are so short
    that starting a job matters [ours]."""
    threads: PositiveInt = 1
    """Processor cores of a job [ours]."""
    fitting: Fitting = Fitting()
    evaluation: Evaluation = Evaluation()
    sampling: Sampling = Sampling()
    correction: SelfCorrection = SelfCorrection()

    @model_validator(mode="after")
    def _reference_is_known(self) -> Self:
        if self.fitting.reference not in self.variants:
            raise ValueError(f"fitting.reference: no variant {self.fitting.reference}")
        return self

    @model_validator(mode="after")
    def _sizes_are_defined(self) -> Self:
        if unknown := sorted(set(self.sweep.sizes) - set(self.sizes)):
            raise ValueError(f"sweep.sizes: no size {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _noises_of_tunings_are_known(self) -> Self:
        for name, tuning in self.sweep.tunings.items():
            if unknown := sorted(set(tuning.noises) - set(self.variants)):
                raise ValueError(f"sweep.tunings.{name}: no variant {', '.join(unknown)}")
        return self
