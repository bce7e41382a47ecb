"""Train by two processes of which only the first finds that time passes; test_distributed runs it.

Every process that stops at the time limit leaves a file named after its rank.
"""

import os
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from causeway import training
from causeway.hardware import Hardware
from test_training import Line, Points

folder = Path(sys.argv[1])
rank = int(os.environ.get("LOCAL_RANK", 0))
seconds = count(step=0 if rank else 1)
training.monotonic = lambda: next(seconds)
training.SAVE_EVERY = timedelta(seconds=1)
try:
    training.fit(
        Line(),
        Points(),
        epochs=50,
        hardware=Hardware(accelerator="cpu", devices=2, strategy="ddp", max_time="00:00:00:20"),
        seed=0,
        threads=1,
        resume=folder,
        history=folder / "history.parquet",
        checkpoint=folder / "model.ckpt",
    )
except training.TimeIsUpError:
    (folder / f"rank{rank}").touch()
