"""What the operating system says is wrong."""

import os


def reason_of(error: OSError) -> str | None:
    """Return it in its own words, without what libraries put around it."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    # Of a name that cannot be looked up.
    return error.strerror
