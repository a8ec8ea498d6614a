"""What SQS and SNS accept in one message and in one call."""

import re

MESSAGES_PER_CALL = 10
"""Sent, published, received or deleted."""
MOST_SENT_BYTES = 1024 * 1024
"""Of a message, in SQS."""
MOST_PUBLISHED_BYTES = 256 * 1024
"""Of all messages of a call with their attributes, in SNS."""
REFUSED_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that neither a body nor an attribute may have."""
