"""What the operating system says is wrong."""

import os


def reason_of(error: OSError) -> str:
    """Return it in its own words, without what libraries put around it, if they kept its number."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    # Of a name that cannot be looked up, or of addresses that fail each in another way.
    return error.strerror or str(error) or type(error).__name__
