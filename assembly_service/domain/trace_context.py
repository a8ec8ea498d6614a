"""W3C trace context: the trace that a message belongs to, as its sender says."""

import re
from collections.abc import Mapping
from types import MappingProxyType

TraceContext = Mapping[str, str]
"""`traceparent`, and `tracestate` if there is one; empty without a trace."""
NO_TRACE: TraceContext = MappingProxyType({})

_TRACEPARENT = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})"
    r"-(?P<ids>(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_TRACESTATE = re.compile(r"[ -~]{1,512}")


def trace_context_of(traceparent: object, tracestate: object) -> TraceContext:
    """Return the trace context that these values are; empty unless `traceparent` is valid.

    Of later versions it has what the first one, 00, knows of them.
    """
    found = _TRACEPARENT.fullmatch(traceparent) if isinstance(traceparent, str) else None
    if found is None or (found["version"] == "00" and found["more"]):
        return NO_TRACE
    # Of the flags of later versions only the one for sampled traces is certain.
    flags = found["flags"] if found["version"] == "00" else f"{int(found['flags'], 16) & 1:02x}"
    context = {"traceparent": f"00-{found['ids']}-{flags}"}
    if isinstance(tracestate, str) and _TRACESTATE.fullmatch(tracestate):
        context["tracestate"] = tracestate
    return context
