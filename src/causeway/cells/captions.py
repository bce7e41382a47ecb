"""What all figures of cells say of their data."""


def data_line(dataset: str, made_up: bool) -> str:
    """Name a dataset, and say if its cells are those of a formula.

    >>> data_line("linear", made_up=True)
    'dataset linear: a made-up world, not real cells'
    """
    return f"dataset {dataset}" + (": a made-up world, not real cells" if made_up else "")
