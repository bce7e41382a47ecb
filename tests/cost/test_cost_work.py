"""What systems count belongs to what they run."""

import pytest

from causeway.cost import counts
from causeway.cost.work import work_of
from causeway.systems import systems


@pytest.mark.parametrize("system", sorted(systems()))
def test_work_is_of_rules_that_exist(root, system):
    text = (root / "workflows" / f"{system}.smk").read_text()
    config = systems()[system].model_validate({})
    for work in work_of(system, config, counts.read(root)):
        assert f"\nrule {work.rule}:" in text
        assert work.jobs > 0


def test_the_largest_pipelines_count_their_work(root):
    known = counts.read(root)
    for system in ("rigidssl", "gidd", "phenformer", "lcd", "gim"):
        works = work_of(system, systems()[system].model_validate({}), known)
        assert any(work.amount for work in works)
    assert work_of("cmaxent", systems()["cmaxent"].model_validate({}), known) == []
