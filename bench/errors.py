"""The error that ends a bench early."""


class BenchFailed(Exception):
    """A bench cannot run or measured something wrong; the text of the exception is a sentence."""
