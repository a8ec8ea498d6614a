"""W3C trace context: the trace that a message belongs to, as its sender says."""

import re
from collections.abc import Mapping
from types import MappingProxyType

TraceContext = Mapping[str, str]
"""`traceparent`, and `tracestate` if there is one; empty without a trace."""
NO_TRACE: TraceContext = MappingProxyType({})

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_TRACESTATE = re.compile(r"[ -~]{1,512}")


def trace_context_of(traceparent: object, tracestate: object) -> TraceContext:
    """Return the trace context that these values are; empty unless `traceparent` is valid."""
    if not isinstance(traceparent, str) or not _TRACEPARENT.fullmatch(traceparent):
        return NO_TRACE
    context = {"traceparent": traceparent}
    if isinstance(tracestate, str) and _TRACESTATE.fullmatch(tracestate):
        context["tracestate"] = tracestate
    return context
