"""The trace context of messages' senders."""

TRACE_ID, SENDER_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENDER = {"traceparent": f"00-{TRACE_ID}-{SENDER_ID}-01", "tracestate": "us=1"}
"""The trace context of a message's sender."""
