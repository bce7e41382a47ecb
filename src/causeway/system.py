"""What the configuration of every system has in common."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from causeway.section import Section


class Run(Section):
    """Which results a run asks for: all combinations of the three lists."""

    datasets: list[str] = Field(min_length=1)
    """Names of datasets that the system's section defines."""
    variants: list[str] = Field(min_length=1)
    """Names of variants that the system's section defines."""
    seeds: list[int] = Field(min_length=1)
    """Seeds of the independent repetitions; intervals of claims are taken over them."""


class System(Section):
    """Base of a system's configuration section.

    A subclass ``<Name>Config`` lives in ``causeway.<domain>.<system>.config`` and must not
    import torch or other heavy packages: the Snakemake driver imports it.
    """

    title: ClassVar[str]
    """Title of the paper."""
    arxiv: ClassVar[str]
    """arXiv identifier of the paper."""
    registered: ClassVar[tuple[type, ...]] = ()
    """Kinds of sources whose files its rule ``fetch`` brings from the registry."""

    run: Run

    def raw(self) -> list[str]:
        """Raw files that the run needs, as paths below the data folder."""
        return []

    def fetched(self) -> list[str]:
        """Folders that its rule ``fetch`` fills from the registry, as paths below its results."""
        sources = getattr(self, "sources", {})
        return [
            f"{dataset}/raw"
            for dataset in self.run.datasets
            if isinstance(sources.get(dataset), self.registered)
        ]

    @model_validator(mode="after")
    def _names_are_defined(self) -> Self:
        """Datasets stand in ``sources`` and variants in ``variants``, where a system has these."""
        for kind, section in (("datasets", "sources"), ("variants", "variants")):
            defined = getattr(self, section, None)
            missing = sorted(set(getattr(self.run, kind)) - set(defined or ()))
            if missing and defined is not None:
                raise ValueError(
                    f"run.{kind} names {', '.join(missing)}, but only "
                    f"{', '.join(sorted(defined))} are defined"
                )
        return self

    @model_validator(mode="after")
    def _studies_fit(self) -> Self:
        """Every dataset has a study, and studies train known variants, where there are studies."""
        studies = getattr(self, "studies", None)
        if studies is None:
            return self
        if missing := sorted(set(self.run.datasets) - set(studies)):
            raise ValueError(f"run.datasets names {', '.join(missing)}, which studies lacks")
        known, first = getattr(self, "variants", {}), self.run.variants[0]
        for name in self.run.datasets:
            trained = studies[name].variants
            if unknown := sorted(set(trained) - set(known)):
                raise ValueError(f"studies.{name}.variants: no variant {', '.join(unknown)}")
            if first not in trained:
                raise ValueError(
                    f"studies.{name}.variants lacks {first}, the first of run.variants, whose "
                    "predictions are drawn"
                )
        return self
