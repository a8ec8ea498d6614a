"""When this process looks for objects that refer to each other and to which nothing else does."""

import gc

_NEW_OBJECTS = 20_000
_YOUNG_COLLECTIONS = 10
_MIDDLE_COLLECTIONS = 10


def collect_rarely() -> None:
    """Collect a fraction as often as Python does by itself, and never what is loaded by now.

    Each collection of old objects stops everything while it looks at all of them: with thousands
    of connections, for hundreds of milliseconds. Few objects here need it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_COLLECTIONS, _MIDDLE_COLLECTIONS)
