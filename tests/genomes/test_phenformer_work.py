"""Phenformer counts the windows that it learns from and reads."""

from causeway.cost.counts import Counts
from causeway.genomes.phenformer.config import PhenformerConfig
from causeway.genomes.phenformer.cost import window_flops
from causeway.genomes.phenformer.work import work

CHR22 = Counts({("thousand-genomes-chr22", "people"): 10, ("gtex-v8-median-tpm", "genes"): 100})


def test_phenformer_reads_all_windows_of_all_people():
    config = PhenformerConfig()
    works = list(work(config, CHR22))
    study = config.studies["chr22"]
    (embed,) = [part for part in works if part.rule == "embed"]
    assert embed.jobs == 10
    assert embed.amount == 10 * 10 * 2 * 448 * window_flops(study.encoder)
    assert embed.written == 10 * 10 * 448 * 4 * (12 + 256)
    gtex, chr22 = [part for part in works if part.rule == "learn"]
    assert gtex.amount == 3 * 10 * 100 * 60 * window_flops(config.studies["gtex"].encoder)
    assert chr22.amount is None
    assert all(part.amount is None for part in work(config, Counts()))
