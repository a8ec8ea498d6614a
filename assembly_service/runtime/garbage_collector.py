"""Tunes the garbage collector."""

import gc

_NEW_OBJECTS = 20_000
_YOUNG_COLLECTIONS = 10
_MIDDLE_COLLECTIONS = 10


def collect_rarely() -> None:
    """Collect less often than Python's default, and never what is loaded by now.

    A full collection stops the process: with thousands of connections, for hundreds of
    milliseconds. Few objects here are in reference cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_COLLECTIONS, _MIDDLE_COLLECTIONS)
