"""What ends a bench early."""


class BenchError(Exception):
    """A bench cannot be run or measured something that is wrong: one sentence that says why."""
