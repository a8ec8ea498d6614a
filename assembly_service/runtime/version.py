"""The version of this service and of its API."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return the version in `pyproject.toml`, or "unknown" if the package is not installed."""
    try:
        return version("assembly-service")
    except PackageNotFoundError:
        return "unknown"
