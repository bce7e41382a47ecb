"""Second stages that know one cell context each."""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from causeway.genomes.phenformer.genome_encoder import Places
from causeway.genomes.phenformer.prediction import predict
from causeway.genomes.phenformer.refits import context_only_risks, only_context
from causeway.genomes.phenformer.risk_data import Cohort, RiskData
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.risk_module import build
from causeway.genomes.phenformer.settings import RiskLearning
from causeway.genomes.phenformer.sizes import GenomeSize
from causeway.hardware import Hardware
from causeway.training import fit


class ContextRefits:
    """Trainings of the second stage on one context, each kept once it is done.

    Parameters
    ----------
    cohort
        All people and contexts.
    train, valid
        Rows of the people who train, and who choose the best epoch.
    places
        Where genes lie.
    diseases
        Names.
    size, learning, hardware
        Sections of the configuration.
    seed
        Of the first refit.
    threads
        Processor cores to use.
    folder
        For the models.
    """

    def __init__(
        self,
        cohort: Cohort,
        train: NDArray[np.intp],
        valid: NDArray[np.intp],
        *,
        places: Places,
        diseases: list[str],
        size: GenomeSize,
        learning: RiskLearning,
        hardware: Hardware,
        seed: int,
        threads: int,
        folder: Path,
    ) -> None:
        self._cohort, self._train, self._valid = cohort, train, valid
        self._places, self._diseases, self._size = places, diseases, size
        self._learning, self._seed, self._folder = learning, seed, folder
        self._fit = partial(
            fit,
            epochs=learning.epochs,
            hardware=hardware,
            threads=threads,
            gradient_clip=learning.gradient_clip,
        )

    def risks(self, judges: NDArray[np.intp], refits: int) -> NDArray[np.float64]:
        """Logits of people by models of one context, shape (people, diseases, contexts)."""
        contexts = self._cohort.differences.shape[2]
        return context_only_risks(partial(self._risks, judges), contexts, refits)

    def _risks(self, judges: NDArray[np.intp], context: int, refit: int) -> NDArray[np.float32]:
        alone = Cohort(
            only_context(self._cohort.differences, context),
            self._cohort.labels,
            self._cohort.known,
        )
        folder = self._folder / f"context{context}-refit{refit}"
        checkpoint = folder / "model.ckpt"
        if not checkpoint.exists():
            folder.mkdir(parents=True, exist_ok=True)
            self._train_one(alone, folder, self._seed + refit)
        return predict(RiskModel.of(checkpoint), alone, judges)

    def _train_one(self, alone: Cohort, folder: Path, seed: int) -> None:
        torch.manual_seed(seed)
        model = RiskModel(self._size, self._places, ["context"], self._diseases)
        draft = folder / "draft.ckpt"
        self._fit(
            build(model, alone, self._train, self._learning),
            RiskData(alone, self._train, self._valid, batch=self._learning.batch, seed=seed),
            seed=seed,
            resume=folder,
            history=folder / "history.parquet",
            checkpoint=draft,
        )
        draft.replace(folder / "model.ckpt")
