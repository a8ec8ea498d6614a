"""The version of this service, which is also that of its API."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """The version in `pyproject.toml`, or "unknown" where the package was never installed."""
    try:
        return version("assembly-service")
    except PackageNotFoundError:
        return "unknown"
