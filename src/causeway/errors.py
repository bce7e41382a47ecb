"""The error that a user can act on."""


class InputError(ValueError):
    """Input that cannot be used, told as where, what and what to do.

    Parameters
    ----------
    where
        The file, and the field or line in it, e.g. ``config: rigidssl.training.epochs``.
    problem
        What was found there.
    remedy
        What the user can do about it.
    """

    def __init__(self, where: object, problem: str, remedy: str) -> None:
        end = "" if remedy.endswith(("?", ".")) else "."
        super().__init__(f"{where}: {problem.rstrip('.')}. {remedy}{end}")
        self.where = str(where)
        self.problem = problem
        self.remedy = remedy
