"""Enformer by a file of weights in place of our own first stage, from configuration to figures."""

import anndata
import numpy as np
import pandas as pd
import pytest
import tiny_study
import torch
from matplotlib.figure import Figure
from pydantic import ValidationError

from causeway.errors import InputError
from causeway.figures import looks
from causeway.genomes.phenformer.backbone_settings import EnformerFile
from causeway.genomes.phenformer.enformer import Enformer
from causeway.genomes.phenformer.enformer_size import EnformerSize
from causeway.genomes.phenformer.expression_plots import curves
from causeway.genomes.phenformer.frozen import load
from causeway.genomes.phenformer.learn import learn
from causeway.genomes.phenformer.settings import Learning, Study, Variant
from causeway.genomes.phenformer.sizes import EncoderSize

SMALL = EnformerSize(
    window=256,
    channels=48,
    step=8,
    halvings=4,
    layers=1,
    heads=4,
    key=8,
    target=6,
    tracks={"human": 7, "mouse": 3},
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    tiny_study.first_stage(folder)
    torch.manual_seed(0)
    torch.save(Enformer(SMALL).state_dict(), folder / "weights.bin")
    return folder


def taken(study, out, tracks):
    learn(
        genome=study / "genome",
        genes=study / "genes.parquet",
        expression=study / "expression.h5ad",
        splits=study / "splits.tsv",
        checkpoint=out / "expression.ckpt",
        history=out / "history.parquet",
        backbone=EnformerFile(weights=study / "weights.bin", tracks=tracks, size=SMALL),
        encoder=EncoderSize(window=256, halvings=4),
        learning=Learning(),
        ablation=Variant(),
        hardware=tiny_study.HARDWARE,
        seed=0,
        threads=1,
        resume=out / "resume",
    )


def contexts(study):
    return anndata.read_h5ad(study / "expression.h5ad").var_names.tolist()


def test_given_weights_are_read_and_not_trained(study, tmp_path):
    names = contexts(study)
    taken(study, tmp_path, {name: 6 - place for place, name in enumerate(names)})
    found = load(tmp_path / "expression.ckpt")
    assert (found.contexts, found.size.window, found.width) == (names, 256, 96)
    codes = torch.from_numpy(np.random.default_rng(0).integers(0, 4, (3, 256)).astype(np.uint8))
    model = Enformer(SMALL).eval()
    model.load_state_dict(torch.load(study / "weights.bin", weights_only=True))
    with torch.inference_mode():
        bins = model.bins(codes, 7, 10)
        counts = model.head(bins, "human").sum(1)[:, [6, 5, 4, 3]]
        assert torch.allclose(found.read(codes).expression, torch.log1p(counts), atol=1e-6)
    assert (tmp_path / "expression.ckpt").stat().st_size < 10_000
    history = pd.read_parquet(tmp_path / "history.parquet")
    assert history.empty
    figure = curves(history.assign(variant=[], seed=[]), looks(["phenformer"]))
    assert isinstance(figure, Figure)
    assert "weights were given" in figure.get_suptitle()


def test_tracks_have_to_be_the_contexts(study, tmp_path):
    with pytest.raises(InputError, match=r"backbone\.tracks.*liver.*context"):
        taken(study, tmp_path, {"liver": 0})
    assert not list(tmp_path.iterdir())


def test_weights_that_are_gone_are_named(study, tmp_path):
    taken(study, tmp_path, {name: place for place, name in enumerate(contexts(study))})
    checkpoint = tmp_path / "expression.ckpt"
    saved = torch.load(checkpoint, weights_only=True)
    saved["enformer"]["weights"] = str(tmp_path / "gone.bin")
    torch.save(saved, checkpoint)
    with pytest.raises(InputError, match=r"gone\.bin.*no such file"):
        load(checkpoint)


def test_a_study_with_enformer_reads_its_windows():
    backbone = {"kind": "enformer", "weights": "w.bin", "tracks": {"liver": 1}}
    Study.model_validate({"backbone": backbone})
    with pytest.raises(ValidationError, match="Enformer needs window: 196608 and anchor"):
        Study.model_validate({"backbone": backbone, "encoder": {"window": 16_384}})
