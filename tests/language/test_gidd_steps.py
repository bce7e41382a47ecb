"""Steps of gidd on artificial text, each once, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from causeway import metrics
from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.language import artificial, token_files, tokenisers
from causeway.language.gidd.choosing import best, load_run
from causeway.language.gidd.evaluate import evaluate
from causeway.language.gidd.gather import gather
from causeway.language.gidd.module import GIDD
from causeway.language.gidd.sample import sample
from causeway.language.gidd.settings import (
    NOISES,
    Evaluation,
    Network,
    Optimisation,
    Recipe,
    Sampling,
    SelfCorrection,
    Settings,
    Size,
    Sweep,
    Training,
)
from causeway.language.gidd.sweep import plans, shares
from causeway.language.gidd.tokenise import tokenise
from causeway.language.gidd.train import train
from causeway.language.scaling.runs import converged
from causeway.language.settings import Artificial, Corpus, Tokenisation

TEXT = Artificial(words=20, followers=3, length=2000)
TOKENS = Tokenisation(kind="characters", valid=0.1, test=0.1)
RECIPE = Recipe(
    network=Network(soft_cap=None),
    training=Training(length=16, validation=8, validation_batch=8, cooldown=0.5),
    optimisation=Optimisation(warmup=2),
    hardware=Hardware(accelerator="cpu"),
)
SWEEP = Sweep(
    noises={"masked": NOISES["masked"], "uniform": NOISES["uniform"]},
    sizes={"tiny": Size(layers=1, width=8, head=4)},
    budgets=[1e7, 2e7],
    settings=[Settings(batches=[4], rates=[0.3])],
    measurements=4,
    least_steps=1,
    annealed=["tiny"],
    twins=["tiny"],
)


def test_artificial_text_has_its_entropy():
    settings = Artificial(words=12, followers=3, length=30_000)
    made, text = artificial.language(settings), artificial.text(settings)
    assert len(set(made.words)) == 12
    assert np.allclose(made.chances.sum(1), 1)
    assert (made.chances > 0).sum(1).max() <= 3
    assert np.allclose(made.stationary @ made.chances, made.stationary)
    words = text.split()
    assert len(words) == 30_000
    number = {word: place for place, word in enumerate(made.words)}
    places = np.array([number[word] for word in words])
    surprise = -np.log(made.chances[places[:-1], places[1:]]).sum() / len(text)
    assert surprise == pytest.approx(made.entropy, rel=0.03)
    with pytest.raises(ValidationError, match="followers must be words"):
        Artificial(words=2, followers=3)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Tokens and two jobs of runs, one of which diverged."""
    place = tmp_path_factory.mktemp("gidd")
    tokenise(raw=[], tokens=place / "tokens", source=TEXT, settings=TOKENS)
    right = GIDD.terms

    def terms(self, batch):
        found = right(self, batch)
        wild = self.training and self.plan.noise == NOISES["uniform"] and self.global_step > 30
        return found._replace(loss=found.loss * float("inf")) if wild else found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GIDD, "terms", terms)
        for shard, share in enumerate(shares(plans(SWEEP, RECIPE.training), 2, 16)):
            (place / f"resume{shard}").mkdir()
            train(
                tokens=place / "tokens",
                runs=place / f"job{shard}",
                plans=share,
                recipe=RECIPE,
                threads=1,
                resume=place / f"resume{shard}",
            )
    return place


def test_tokens_are_the_text(run):
    tokeniser = tokenisers.load(run / "tokens" / "tokeniser.json")
    parts = [
        token_files.read(run / "tokens" / f"{part}.bin")[0] for part in ("train", "valid", "test")
    ]
    assert "".join(tokeniser.decode(part) for part in parts) == artificial.text(TEXT)


@pytest.mark.parametrize("kind", ["bytes", "pieces"])
def test_own_text_is_tokenised(tmp_path, kind):
    (tmp_path / "a.txt").write_text("one two three four five six. " * 30)
    settings = Tokenisation(kind=kind, size=280, valid=0.1, test=0.1)
    source = Corpus(path=tmp_path / "a.txt")
    tokenise(raw=[], tokens=tmp_path / "tokens", source=source, settings=settings)
    tokens, description = token_files.read(tmp_path / "tokens" / "valid.bin")
    assert description.tokens == len(tokens) > 10


def test_text_that_cannot_be_split_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("ab")
    with pytest.raises(InputError, match="too short to be split"):
        tokenise(
            raw=[],
            tokens=tmp_path / "tokens",
            source=Corpus(path=tmp_path / "a.txt"),
            settings=TOKENS,
        )


def test_all_runs_of_a_sweep_are_in_one_table(run):
    gather(
        runs=[run / "job0", run / "job1"],
        curves=run / "curves.parquet",
        sweep=SWEEP,
        recipe=RECIPE,
    )
    table = pd.read_parquet(run / "curves.parquet")
    assert set(table["noise"]) >= {"masked", "uniform", "autoregressive", "masked.annealed"}
    kept, excluded = converged(table)
    # So did the branch that left before.
    assert excluded["noise"].tolist() == ["uniform", "uniform.annealed"]
    reason = r"diverged: run \S+: the loss is inf at step 32, at a rate of 0.3"
    assert excluded["reason"].str.match(reason).all()
    assert "diverged" not in kept
    whole = kept[kept["noise"] == "masked"]
    assert whole["flops"].max() == pytest.approx(2e7, rel=0.25)
    assert len(whole) >= 4
    branches = kept[kept["noise"] == "masked.annealed"]
    assert len(branches) == 2
    assert branches["run"].nunique() == 2


def sampled(run, place, curves):
    sample(
        tokens=run / "tokens",
        runs=[run / "job0", run / "job1"],
        curves=curves,
        texts=place / "texts.parquet",
        metrics=place / "samples.parquet",
        corrections=place / "corrections.parquet",
        sampling=Sampling(steps=10, sequences=3, grams=[2]),
        correction=SelfCorrection(steps=3),
        sweep=SWEEP,
        dataset="made-up",
        seed=0,
    )


def test_text_is_written_and_judged(run, tmp_path):
    jobs = [run / "job0", run / "job1"]
    gather(runs=jobs, curves=tmp_path / "curves.parquet", sweep=SWEEP, recipe=RECIPE)
    sampled(run, tmp_path, tmp_path / "curves.parquet")
    texts = pd.read_parquet(tmp_path / "texts.parquet")
    # The run with uniform noise is lost.
    kinds = [
        ("autoregressive", "text"),
        *(("masked", kind) for kind in ("ancestral", "adaptive", "corrected")),
    ]
    assert texts.groupby(["noise", "sampler"], sort=False).size().to_dict() == dict.fromkeys(
        kinds, 3
    )
    real = texts[texts["sampler"] == "text"]["text"]
    assert all(piece in artificial.text(TEXT) for piece in real)
    assert texts["text"].str.len().max() <= 16
    told = metrics.read([tmp_path / "samples.parquet"]).set_index(["variant", "metric"])
    assert {(noise, f"perplexity/{sampler}") for noise, sampler in kinds} <= set(told.index)
    assert (told["n"] == 3).all()
    values = told["value"]
    assert values["autoregressive", "overlap-2/text"] > 0.9
    before, after = (values["masked", f"perplexity/{kind}"] for kind in ("ancestral", "corrected"))
    assert values["masked", "correction/surprise"] == pytest.approx(np.log(after / before))
    steps = pd.read_parquet(tmp_path / "corrections.parquet")["estimate"]
    assert values["masked", "correction/accuracy"] == pytest.approx(steps.iloc[-1] - steps.iloc[0])
    assert -1 < values["masked", "correction/variety"] < 1
    alone = pd.read_parquet(tmp_path / "curves.parquet").query("noise == 'masked'")
    alone.to_parquet(tmp_path / "alone.parquet")
    with pytest.raises(InputError, match="no autoregressive twin"):
        sampled(run, tmp_path, tmp_path / "alone.parquet")
    # A twin that diverged is not one that was not asked for.
    lost = pd.read_parquet(tmp_path / "curves.parquet")
    lost.loc[lost["noise"] == "autoregressive", "loss"] = np.nan
    lost.to_parquet(tmp_path / "lost.parquet")
    with pytest.raises(InputError, match=r"twins diverged.*smaller sweep\.rates"):
        sampled(run, tmp_path, tmp_path / "lost.parquet")


def test_bounds_of_test_text_are_measured(run, tmp_path):
    jobs = [run / "job0", run / "job1"]
    gather(runs=jobs, curves=tmp_path / "curves.parquet", sweep=SWEEP, recipe=RECIPE)
    evaluate(
        tokens=run / "tokens",
        runs=jobs,
        curves=tmp_path / "curves.parquet",
        metrics=tmp_path / "bounds.parquet",
        source=TEXT,
        evaluation=Evaluation(sequences=10, draws=20, batch=32),
        sweep=SWEEP,
        reference="masked",
        dataset="made-up",
        seed=0,
    )
    table = metrics.read([tmp_path / "bounds.parquet"]).set_index(["variant", "metric"])
    assert list(table.index) == [
        *[
            (noise, f"test/{measure}")
            for noise in ("autoregressive",)
            for measure in ("above-entropy", "bits", "nats")
        ],
        ("masked", "identity/error"),
        *[("masked", f"test/{measure}") for measure in ("above-entropy", "bits", "nats")],
        ("uniform", "identity/error"),
    ]
    exact = table[table.index.get_level_values("metric") == "identity/error"]
    table = table.drop(exact.index)
    assert (table["n"] == 10).all()
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()
    # No model can know more than the language has.
    assert table["high"]["autoregressive", "test/above-entropy"] > 0
    # Characters are bytes here, but for the ends of documents.
    for noise in ("autoregressive", "masked"):
        ratio = table["value"][noise, "test/bits"] / table["value"][noise, "test/nats"]
        assert ratio == pytest.approx(1 / np.log(2), rel=0.01)
    assert (exact["value"] < 1e-4).all()
    with pytest.raises(InputError, match="run absent: has no checkpoint"):
        load_run(jobs, "absent")


def test_the_best_run_is_the_lowest_at_its_end():
    rows = [
        ("a", "masked", 1, 1.0),
        ("a", "masked", 2, 3.0),
        ("b", "masked", 1, 4.0),
        ("b", "masked", 2, 2.0),
        ("c", "masked", 1, 0.5),
        ("c", "masked", 2, np.nan),
        ("d", "masked.annealed", 2, 0.1),
        ("e", "uniform", 2, 9.0),
    ]
    table = pd.DataFrame(rows, columns=["run", "noise", "tokens", "loss"])
    table = table.assign(parameters=1, batch=1, learning_rate=1, seed=0)
    assert best(table) == {"masked": "b", "uniform": "e"}
    branches = table["noise"].str.endswith(".annealed")
    none = table.assign(loss=table["loss"].where(branches), diverged="at step 7")
    with pytest.raises(InputError, match="all 4 diverged, the first so: diverged: at step 7"):
        best(none)


def test_a_job_without_runs_is_no_fault(run, tmp_path):
    train(
        tokens=run / "tokens",
        runs=tmp_path / "job",
        plans=[],
        recipe=RECIPE,
        threads=1,
        resume=tmp_path,
    )
    assert not list((tmp_path / "job").iterdir())
    with pytest.raises(InputError, match="holds no run"):
        gather(runs=[tmp_path / "job"], curves=tmp_path / "c", sweep=SWEEP, recipe=RECIPE)


def test_runs_of_another_sweep_are_refused(run, tmp_path):
    other = SWEEP.model_copy(update={"noises": {"balanced": NOISES["balanced"]}})
    with pytest.raises(InputError, match=r"sweep.noises: has no"):
        gather(
            runs=[run / "job0", run / "job1"], curves=tmp_path / "c", sweep=other, recipe=RECIPE
        )
