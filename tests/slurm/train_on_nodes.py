"""Train a line on the nodes of a SLURM job, one process each; test_nodes runs it.

Each step takes the seconds of the second argument, so that it can be disturbed.
"""

import logging
import sys
import time
from pathlib import Path

from torch.utils.data import Sampler

from causeway.cluster import spread
from causeway.hardware import Hardware
from causeway.loading import RemainingSteps, ResumableLoader
from causeway.training import fit
from test_training import Line, Points


class Shares(Sampler):
    """Batches of four points from a position on, of which each of ``ranks`` has its share."""

    def __init__(self, steps, rank, ranks):
        self.steps, self.rank, self.ranks = steps, rank, ranks

    def __len__(self):
        return len(self.steps)

    def __iter__(self):
        for step in self.steps:
            yield [step % 4 * 4 + item for item in range(self.rank, 4, self.ranks)]


class SharedPoints(Points):
    """The points of the superclass in the same batches, shared out among the ranks."""

    def train_dataloader(self):
        points = super().train_dataloader().dataset
        steps = RemainingSteps(self, 4)
        shares = Shares(steps, self.trainer.global_rank, self.trainer.world_size)
        return ResumableLoader(points, batch_sampler=shares)


class SlowLine(Line):
    """A line whose steps take a while."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def training_step(self, batch, index):
        time.sleep(self.seconds)
        return super().training_step(batch, index)


def main(folder: Path, seconds: float, nodes: int) -> None:
    if nodes > 1 and not spread.is_part():
        spread.run_on(nodes, threads=1)
        return
    logging.basicConfig(level=logging.INFO)
    fit(
        SlowLine(seconds),
        SharedPoints(),
        epochs=5,
        hardware=Hardware(accelerator="cpu", nodes=nodes, strategy="ddp" if nodes > 1 else "auto"),
        seed=0,
        threads=1,
        resume=folder,
        history=folder / "history.parquet",
        checkpoint=folder / "model.ckpt",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
