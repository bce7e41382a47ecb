"""Stage 2: train the drift that all perturbations share."""

from pathlib import Path

from causeway.cells.lcd.batches import StepData
from causeway.cells.lcd.config import Network, Training, Variant
from causeway.cells.lcd.module import build
from causeway.cells.lcd.states import States, observed_states, read_states
from causeway.cells.lcd.training_cells import Split, read_split
from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.training import fit


def train(
    *,
    panel: Path,
    splits: Path,
    states: list[Path],
    checkpoint: Path,
    history: Path,
    network: Network,
    training: Training,
    ablation: Variant,
    hardware: Hardware,
    split: str,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Match the scores of the training perturbations of a split with one drift.

    Parameters
    ----------
    panel
        Screen in canonical form, reduced to the genes of the panel.
    splits
        Table of splits.
    states
        File of ``denoise``; none where the panel observes states.
    checkpoint
        Weights and settings to write.
    history
        Losses to write.
    network, training, ablation, hardware
        Sections of the configuration.
    split, seed
        The run.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If the panel has counts but there are no states of it, or states of other perturbations.
    """
    found = read_split(panel, splits, split)
    data = StepData(training.steps)
    fit(
        build(
            _states(found, states, panel),
            found.tokens,
            network,
            ablation,
            training,
            seed,
            data.length,
        ),
        data,
        epochs=data.epochs,
        hardware=hardware,
        seed=seed,
        threads=threads,
        resume=resume,
        history=history,
        checkpoint=checkpoint,
    )


def _states(split: Split, files: list[Path], panel: Path) -> States:
    if not files:
        if split.counted:
            raise InputError(panel, "has counts, but no states were given", "Run 'denoise' first")
        return observed_states(split.screen, split.environments)
    states = read_states(files[0])
    if states.environments != split.environments:
        raise InputError(files[0], "has states of another split", "Run 'denoise' anew")
    return states
