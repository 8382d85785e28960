"""How many processors this process may use."""

import os


def processors() -> int:
    """Returns the processors that the system allows, or all if it does not say which."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return len(allowed) or os.cpu_count() or 1
