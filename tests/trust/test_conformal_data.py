"""Scores, predictors, audits on real data, and what is said of bad input."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from causeway.errors import InputError
from causeway.trust.conformal import (
    CoverageLaw,
    SplitClassifier,
    SplitRegressor,
    audit,
    classification_scores,
    observe,
    p_values,
    plan,
    rank,
    read_scores,
    regression_scores,
    threshold,
)
from causeway.trust.conformal.__main__ import main
from causeway.trust.conformal.config import Audit, ConformalConfig, Variant
from causeway.trust.conformal.draw import draw
from causeway.trust.conformal.evaluate import evaluate
from causeway.trust.conformal.pools import pool
from causeway.trust.conformal.prepare import prepare
from causeway.trust.conformal.printed import audit_deviation
from causeway.trust.conformal.sources import (
    BreastCancer,
    Digits,
    MedMNIST,
    ScoreFile,
)

properties = settings(max_examples=60, deadline=None)
CALIBRATION = st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=60)
LEVELS = st.integers(1, 99).map(lambda hundredths: hundredths / 100)


@pytest.fixture(scope="module")
def digits():
    return pool(Digits(), seed=0)


@pytest.fixture(scope="module")
def tumours():
    return pool(BreastCancer(), seed=0)


@properties
@given(CALIBRATION, LEVELS, st.randoms())
def test_the_order_of_the_calibration_set_does_not_matter(scores, alpha, random):
    shuffled = random.sample(scores, len(scores))
    assert threshold(scores, alpha) == threshold(shuffled, alpha)


@properties
@given(CALIBRATION, LEVELS, LEVELS)
def test_sets_are_nested_in_alpha(scores, a, b):
    assert threshold(scores, max(a, b)) <= threshold(scores, min(a, b))


@properties
@given(CALIBRATION, CALIBRATION, LEVELS)
def test_coverage_ignores_monotone_transforms_of_the_score(calibration, test, alpha):
    # Dense ranks keep strict order, which exp or log of floats might not.
    ranks = stats.rankdata([*calibration, *test], method="dense")
    for transformed in (ranks, ranks**3 - 7, -1 / ranks):
        own, new = np.split(transformed, [len(calibration)])
        covered = new <= threshold(own, alpha)
        assert covered.tolist() == (np.array(test) <= threshold(calibration, alpha)).tolist()


@properties
@given(CALIBRATION, CALIBRATION, LEVELS)
def test_the_set_by_p_values_is_the_set_by_threshold(calibration, scores, alpha):
    # Compared in whole numbers: a p-value is a multiple of 1 / (m + 1).
    above = np.rint(p_values(calibration, scores) * (len(calibration) + 1))
    outside = len(calibration) + 1 - rank(len(calibration), alpha)
    assert (above > outside).tolist() == (
        np.array(scores) <= threshold(calibration, alpha)
    ).tolist()


def test_digits_golden(digits):
    accuracy = (digits.filter(like="score-").idxmin(axis=1) == "score-" + digits["group"]).mean()
    assert accuracy == pytest.approx(0.824, abs=0.0005)
    assert digits["score"].is_unique
    # At 10 points a mean over 2,000 draws has an error of .0019, too much for .003.
    found, bars = audit(digits, alpha=0.1, sizes=[10, 50, 200], draws=20_000, seed=0)
    plain = found[found["method"] == "plain"].set_index("size")
    law = pd.Series({m: float(CoverageLaw.of(m, 0.1).below(0.85)) for m in (10, 50, 200)})
    assert (plain["shortfall"] - law).abs().max() < 0.02
    assert plain["ks"].max() < 0.03
    means = pd.Series({m: CoverageLaw.of(m, 0.1).mean for m in (10, 50, 200)})
    assert (plain["mean"] - means).abs().max() < 0.003
    assert bars.groupby(["size", "method"])[["share", "law"]].sum().to_numpy() == pytest.approx(1)


@pytest.mark.parametrize("dataset", ["digits", "breast-cancer"])
def test_printed_audits_are_met_within_their_own_errors(root, dataset):
    """Shares, means, quantiles, set sizes and their spread: 3 errors of printed and own draws."""
    printed = pd.read_csv(root / "config/references/conformal/audits.tsv", sep="\t", dtype=str)
    rows = printed[printed["dataset"] == dataset].fillna("")
    assert audit_deviation(rows, 4000) <= 3
    if dataset == "digits":
        wrong = rows.assign(set_size=["2.64", "1.90", "1.81"])
        assert audit_deviation(wrong, 4000) > 3


def test_breast_cancer_golden(tumours):
    found, _ = audit(tumours, alpha=0.1, sizes=[10, 50, 200], draws=2000, seed=0)
    plain = found[found["method"] == "plain"].set_index("size")
    assert (plain["shortfall"] - plain["law_shortfall"]).abs().max() < 0.02
    assert plain["ks"].max() < 0.03
    assert plain.loc[200, "law_shortfall"] == pytest.approx(0.0395, abs=5e-5)
    assert plain.loc[200, "beta_shortfall"] == pytest.approx(0.0149, abs=5e-5)


def test_an_audit_is_what_a_predictor_does(digits):
    # By hand: take points, call the predictor's threshold, count the rest and the labels.
    found, _ = audit(digits, alpha=0.1, sizes=[20], draws=300, seed=3)
    scores, labels = digits["score"].to_numpy(), digits.filter(like="score-").to_numpy()
    ordered = np.argsort(scores)
    generator = np.random.default_rng([3, 1])
    coverages, sizes = [], []
    for _ in range(300):
        chosen = ordered[generator.choice(len(scores), 20, replace=False, shuffle=False)]
        limit = threshold(scores[chosen], 0.1)
        coverages.append((np.delete(scores, chosen) <= limit).mean())
        sizes.append((labels <= limit).sum(axis=1).mean())
    row = found[found["method"] == "plain"].iloc[0]
    assert row["mean"] == pytest.approx(np.mean(coverages))
    assert row["shortfall"] == pytest.approx(np.mean(np.array(coverages) < 0.85))
    assert row["set_size"] == pytest.approx(np.mean(sizes))


def test_each_class_obeys_the_law_with_its_own_points(digits):
    found, _ = audit(digits, alpha=0.2, sizes=[10, 40], draws=1000, per_group=True, seed=0)
    plain = found[found["method"] == "plain"].set_index("size")
    assert (plain["groups"] == 10).all()
    assert plain["ks"].max() < 0.03
    # A law with the points of all classes together would be much narrower.
    assert plain.loc[10, "spread"] == pytest.approx(CoverageLaw.of(10, 0.2).spread, rel=0.05)
    assert plain.loc[40, "set_size"] < plain.loc[10, "set_size"]


def test_corrected_sets_rarely_miss_and_cost_labels(digits):
    found, _ = audit(digits, alpha=0.1, sizes=[10, 50], draws=2000, seed=0)
    rows = found.set_index(["size", "method"])
    assert rows.loc[(50, "corrected"), "missed"] < 0.1 < rows.loc[(50, "plain"), "missed"]
    assert rows.loc[(50, "corrected"), "set_size"] > rows.loc[(50, "plain"), "set_size"]
    assert rows.loc[(10, "corrected"), "set_size"] == 10
    assert rows.loc[(10, "corrected"), "mean"] == 1


def test_ties_only_add_coverage():
    scores = pd.DataFrame({"score": np.repeat([0.1, 0.2, 0.3, 0.4], 100)})
    found, _ = audit(scores, alpha=0.1, sizes=[20], draws=500)
    assert (found["mean"] >= found["law_mean"]).all()
    assert (found["ks"] > 0.3).any()
    assert (found["tied"] > 0.9).all()


def test_predictors_cover_what_they_promise(digits):
    probabilities = 1 - digits.filter(like="score-").to_numpy()
    labels = digits["group"].astype(int).to_numpy()
    half = np.arange(len(labels)) < 800
    for options in ({}, {"per_class": True}, {"delta": 0.05}):
        predictor = SplitClassifier.calibrate(probabilities[half], labels[half], 0.1, **options)
        sets = predictor.predict(probabilities[~half])
        covered = sets[np.arange(len(sets)), labels[~half]].mean()
        assert 0.86 < covered < 0.96
    lone = SplitClassifier.calibrate(probabilities[:5], labels[:5], 0.1)
    assert lone.predict(probabilities).all()
    few = labels[half] != 7
    lacking = SplitClassifier.calibrate(
        probabilities[half][few], labels[half][few], 0.1, per_class=True
    )
    assert lacking.predict(probabilities)[:, 7].all()
    assert not lacking.predict(probabilities)[:, 6].all()
    as_floats = SplitClassifier.calibrate(
        probabilities[half][few], labels[half][few].astype(float), 0.1, per_class=True
    )
    assert (as_floats.thresholds == lacking.thresholds).all()


def test_intervals_cover_what_they_promise():
    x, y = load_diabetes(return_X_y=True)
    model = Ridge().fit(x[:142], y[:142])
    fitted = SplitRegressor.calibrate(model.predict(x[142:342]), y[142:342], 0.1)
    low, high = fitted.predict(model.predict(x[342:])).T
    covered = ((low <= y[342:]) & (y[342:] <= high)).mean()
    law = CoverageLaw.of(200, 0.1, heldout=100)
    assert law.quantile(0.001) <= covered <= law.quantile(0.999)
    assert np.ptp(high - low) == pytest.approx(0, abs=1e-9)
    found, _ = audit(
        regression_scores(model.predict(x[142:]), y[142:]), alpha=0.1, sizes=[50], draws=400
    )
    assert found["set_size"].isna().all()
    assert 50 < found.loc[0, "threshold"] < 200


def test_a_shift_is_seen_in_one_observation(digits):
    roles = np.where(np.arange(len(digits)) < 400, "calibration", "test")
    same = observe(digits.assign(role=roles), 0.1)
    assert same.low <= same.coverage <= same.high
    shifted = digits.assign(role=roles)
    shifted.loc[roles == "test", "score"] += 0.1
    assert observe(shifted, 0.1).p_value < 1e-6 < 0.01 < same.p_value
    with pytest.raises(InputError, match="column 'role': does not exist"):
        observe(digits, 0.1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scor,group\n1,a\n", r"has no column 'score', only 'scor', 'group'\. Call the column"),
        ("score\n", "has no rows"),
        ("score\n1\nnan\n2\n", r"column 'score': row 2 is no finite number"),
        ("score\n1\ninf\n", r"column 'score': row 2 is no finite number"),
        ("score\nhigh\n", r"column 'score': row 1 is no finite number"),
        ("score,score-a\n1,2\n3,\n", r"column 'score-a': row 2 is no finite number"),
        ("score,group\n1,a\n3,\n", r"column 'group': row 2 is empty"),
        ("", "cannot be read"),
    ],
)
def test_a_bad_table_is_told_by_file_column_and_remedy(tmp_path, text, told):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=told) as caught:
        read_scores(path)
    assert str(path) in str(caught.value)


def test_files_of_no_use_are_refused(tmp_path):
    broken = tmp_path / "scores.parquet"
    broken.write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match=r"scores\.parquet: cannot be read"):
        read_scores(broken)
    with pytest.raises(InputError, match=r"neither \.csv nor \.parquet"):
        read_scores(tmp_path / "scores.xlsx")
    with pytest.raises(InputError, match=r"absent\.csv: does not exist"):
        pool(ScoreFile(path=tmp_path / "absent.csv"), seed=0)
    with pytest.raises(InputError, match=r"absent\.npz: does not exist"):
        pool(MedMNIST(path=tmp_path / "absent.npz"), seed=0)


def medmnist(path, **changes):
    generator = np.random.default_rng(0)
    arrays = {}
    for split, n in (("train", 150), ("val", 40), ("test", 40)):
        labels = generator.integers(0, 3, (n, 1)).astype(np.uint8)
        images = generator.integers(0, 256, (n, 4, 4, 3)).astype(np.uint8)
        images[..., 0] = labels[:, None] * 80
        arrays |= {f"{split}_images": images, f"{split}_labels": labels}
    np.savez_compressed(path, **{k: v for k, v in (arrays | changes).items() if v is not None})
    return path


def test_a_medmnist_file_becomes_scores_of_train_and_val(tmp_path):
    scores = pool(MedMNIST(path=medmnist(tmp_path / "own.npz"), train=90), seed=0)
    assert len(scores) == 100
    assert set(scores["group"]) == {"0", "1", "2"}
    assert scores["score"].mean() < 0.5


def test_broken_medmnist_files_are_told(tmp_path):
    whole = medmnist(tmp_path / "whole.npz").read_bytes()
    for name, content in (
        ("cut", whole[: len(whole) // 2]),
        ("text", b"not a zip"),
        ("none", b""),
    ):
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"{name}\.npz: is no readable \.npz file"):
            pool(MedMNIST(path=path), seed=0)
    flipped = bytearray(whole)
    flipped[200:400] = bytes(200)
    (tmp_path / "flipped.npz").write_bytes(flipped)
    with pytest.raises(InputError, match=r"flipped\.npz"):
        pool(MedMNIST(path=tmp_path / "flipped.npz"), seed=0)
    lacking = medmnist(tmp_path / "lacking.npz", val_labels=None)
    with pytest.raises(InputError, match=r"lacking\.npz: .*val_labels"):
        pool(MedMNIST(path=lacking), seed=0)
    several = medmnist(tmp_path / "several.npz", train_labels=np.zeros((150, 2), np.uint8))
    with pytest.raises(InputError, match=r"several\.npz"):
        pool(MedMNIST(path=several), seed=0)
    with pytest.raises(InputError, match="Change 'train'"):
        pool(MedMNIST(path=medmnist(tmp_path / "small.npz"), train=500), seed=0)


def test_unfit_arguments_are_refused(digits):
    with pytest.raises(InputError, match=r"alpha: is 1\.2, not between 0 and 1"):
        audit(digits, alpha=1.2, sizes=[10])
    with pytest.raises(InputError, match="draws: are 0"):
        audit(digits, alpha=0.1, sizes=[10], draws=0)
    with pytest.raises(InputError, match="calibration sizes: 5000 leave none of the 1697"):
        audit(digits, alpha=0.1, sizes=[5000])
    with pytest.raises(InputError, match="have no column 'group'"):
        audit(digits[["score"]], alpha=0.1, sizes=[10], per_group=True)
    with pytest.raises(InputError, match="calibration scores: are empty"):
        threshold([], 0.1)
    with pytest.raises(InputError, match="alpha: is 'x', not between 0 and 1"):
        rank(10, "x")
    with pytest.raises(InputError, match="row 2 is no finite number"):
        threshold([0.1, np.inf], 0.1)
    with pytest.raises(InputError, match="3 is not among the names"):
        classification_scores(np.full((1, 3), 1 / 3), [3], range(3))
    with pytest.raises(InputError, match="one prediction per outcome"):
        SplitRegressor.calibrate([1.0, 2.0], [1.0], 0.1)


@pytest.mark.parametrize(
    ("probabilities", "told"),
    [
        ([0.5, 0.5, 0.0], r"have shape \(3,\)\. Give one row per example and 3 columns"),
        ([[0.5]], r"have shape \(1, 1\)"),
        ([[0.5, 0.5]], r"have shape \(1, 2\)"),
        (np.empty((0, 3)), r"have shape \(0, 3\)"),
        ([[1, 0, 0], [0.2, np.nan, 0.8]], "row 2 holds nan"),
        ([[0.2, -np.inf, 0.8]], "row 1 holds -inf"),
        ([[0.2, 5, 0.8]], r"row 1 holds 5\.0\. Give numbers from 0 to 1"),
        ([[0.2, -0.1, 0.9]], r"row 1 holds -0\.1"),
    ],
)
def test_probabilities_of_no_use_are_refused(probabilities, told):
    predictor = SplitClassifier(np.full(3, 0.9))
    with pytest.raises(InputError, match=f"probabilities: {told}"):
        predictor.predict(probabilities)


def test_probabilities_are_checked_at_calibration_too():
    for wrong in ([[5, 0]], [[np.nan, 1]], [0.5, 0.5], 0.5):
        with pytest.raises(InputError, match="probabilities"):
            SplitClassifier.calibrate(wrong, [0], 0.1)
    # Sums of exponentials in single precision may be a little above 1.
    assert SplitClassifier(np.full(2, 0.5)).predict([[1 + 1e-7, -1e-7]]).tolist() == [
        [True, False]
    ]


def test_predictions_and_scores_of_no_use_are_refused():
    for wrong in ([1.0, np.nan], [[1.0], [2.0]], 1.0, [np.inf]):
        with pytest.raises(InputError, match="predictions: "):
            SplitRegressor(1.0).predict(wrong)
    with pytest.raises(InputError, match="scores: 1 of 2 are no numbers"):
        p_values([0.1, 0.2], [0.1, np.nan])
    assert p_values([0.1, 0.2], [[-np.inf, np.inf]]).tolist() == [[1, 1 / 3]]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"audit": {"alpha": 1.2}}, "less than 1"),
        ({"audit": {"sizes": [30]}}, r"sizes \[10, 50, 200\]"),
        ({"audit": {"slack": 0.95}}, "alpha \\+ slack must be below 1"),
        ({"run": {"datasets": ["own"], "variants": ["marginal"], "seeds": [0]}}, "names own"),
        (
            {
                "run": {"datasets": ["law"], "variants": ["marginal"], "seeds": [0]},
                "sources": {"law": {"kind": "digits"}},
            },
            "cannot be named law",
        ),
    ],
)
def test_bad_configuration_is_refused(section, told):
    with pytest.raises(ValueError, match=told):
        ConformalConfig.model_validate(section)


def test_the_steps_from_a_table_to_figures(tmp_path):
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"score": generator.random(120), "group": "a"})
    table.to_csv(tmp_path / "own.csv", index=False)
    folder = tmp_path / "own" / "marginal" / "seed0"
    folder.mkdir(parents=True)
    prepare(source=ScoreFile(path=tmp_path / "own.csv"), scores=tmp_path / "s.parquet", seed=0)
    files = {
        "metrics": folder / "metrics.parquet",
        "audit": folder / "audit.tsv",
        "coverages": folder / "coverages.parquet",
    }
    evaluate(
        scores=tmp_path / "s.parquet",
        settings=Audit(draws=1000),
        calibration=Variant(),
        dataset="own",
        variant="marginal",
        seed=0,
        **files,
    )
    found = pd.read_parquet(files["metrics"]).set_index("metric")
    assert found.loc["plain/mean-m10", "value"] == pytest.approx(10 / 11, abs=0.01)
    assert found.loc["worst/ks", "value"] < 0.06
    for unknown in ("plain/mean-m200", "plain/ks-m200", "plain/set-size-m10"):
        assert np.isnan(found.loc[unknown, "value"])
    again = tmp_path / "again.parquet"
    evaluate(
        scores=tmp_path / "s.parquet",
        settings=Audit(draws=1000),
        calibration=Variant(),
        dataset="own",
        variant="marginal",
        seed=0,
        **(files | {"metrics": again}),
    )
    assert again.read_bytes() == files["metrics"].read_bytes()
    draw(
        audits=[files["audit"]],
        histograms=[files["coverages"]],
        settings=Audit(),
        coverage=tmp_path / "coverage.svg",
        size=tmp_path / "size.svg",
    )
    assert (tmp_path / "coverage.svg").stat().st_size > 1000
    assert (tmp_path / "size.svg").stat().st_size > 1000


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command in this process; gives its status and both its streams."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["conformal", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


def test_the_command_audits_a_file_and_refuses_a_bad_one(tmp_path, digits, command):
    path = tmp_path / "scores.csv"
    role = np.where(np.arange(len(digits)) < 50, "calibration", "test")
    digits.assign(role=role).to_csv(path, index=False)
    words = ["audit", path, "--alpha", 0.1, "--calibration", 50, "--output", tmp_path / "audit"]
    status, output, _ = command(*words)
    assert status == 0
    assert "Seen on 1647 test examples after 50 calibration examples" in output
    table = pd.read_csv(tmp_path / "audit" / "audit.tsv", sep="\t")
    assert table.loc[0, "law_shortfall"] == pytest.approx(0.114, abs=0.001)
    assert {file.name for file in (tmp_path / "audit").iterdir()} == {
        "audit.tsv",
        "coverage.svg",
        "size.svg",
    }
    path.write_text("value\n1\n")
    status, _, errors = command(*words)
    assert status == 2
    assert "scores.csv: has no column 'score'" in errors
    status, _, errors = command("plan", "--alpha", 2)
    assert status == 2
    assert "alpha: is 2.0, not between 0 and 1" in errors


def test_the_command_calibrates_and_observes_by_group(tmp_path, command):
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"score": generator.random(330), "group": list("aab") * 110})
    table["role"] = np.where(np.arange(330) % 5 == 0, "calibration", "test")
    path, folder = tmp_path / "scores.csv", tmp_path / "audit"
    folder.mkdir()
    (folder / "size.svg").write_text("of an earlier audit")
    table.to_csv(path, index=False)
    words = ["audit", path, "--calibration", 20, "--draws", 50, "--output", folder]
    status, output, errors = command(*words, "--calibration", 150, "--per-group")
    assert status == 0
    assert "Left out: calibration sizes 150 leave no example of the smallest group" in errors
    assert "threshold" not in output.split("\n")[0]
    assert "Group a: Seen on 176 test examples after 44 calibration examples" in output
    assert "Group b: Seen on 88 test examples after 22 calibration examples" in output
    assert "No figure of set sizes" in output
    assert {file.name for file in folder.iterdir()} == {"audit.tsv", "coverage.svg"}
    status, output, errors = command(*words)
    assert (status, errors) == (0, "")
    assert "threshold" in output.split("\n")[0]
    assert "Seen on 264 test examples after 66 calibration examples" in output
    table.loc[table["group"] == "b", "role"] = "test"
    table.to_csv(path, index=False)
    _, output, _ = command(*words, "--per-group")
    assert "Group b: No check of coverage: no example has the role calibration" in output


def test_the_command_says_once_what_holds_from_the_first_size_on(command):
    status, output, _ = command("plan", "--alpha", 0.5, "--slack", 0.4, "--delta", 0.3)
    first, size = plan(0.5, 0.4, 0.3)
    assert (status, first) == (0, size)
    assert "first kept" not in output
    assert f"kept with {size} calibration points and any number above" in output


def test_thresholds_of_several_groups_have_no_mean(digits):
    options = {"alpha": 0.2, "sizes": [10], "draws": 50}
    assert audit(digits, **options).summary["threshold"].notna().all()
    grouped = audit(digits, per_group=True, **options).summary
    assert grouped[["threshold", "threshold_low", "threshold_high"]].isna().all(axis=None)


def test_the_command_plans():
    words = [sys.executable, "-m", "causeway.trust.conformal", "plan", "--alpha", "0.1"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "kept with 60 calibration points and any number above" in done.stdout


def test_importing_the_configuration_stays_light():
    code = (
        "import json, sys; import causeway.trust.conformal.config; "
        "print(json.dumps(sorted({'numpy', 'scipy', 'sklearn', 'pandas'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_the_page_shows_an_example_that_runs(root):
    page = (root / "docs" / "systems" / "conformal.md").read_text()
    code = page.split("```python\n")[1].split("```")[0]
    exec(compile(code, "conformal.md", "exec"), {})
