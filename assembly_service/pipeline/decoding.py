"""From a message to the half that it carries."""

from assembly_service.aws.queues import Message
from assembly_service.domain.intake import Rejected, half_of, read_body, usable_correlation_id
from assembly_service.pipeline.assembly import ArrivedMessage
from assembly_service.pipeline.outcomes import Identity


def decode(message: Message) -> ArrivedMessage | tuple[Identity, Rejected]:
    """The half that a message carries, or why it carries none; each with its correlation id."""
    attribute = message.attributes.get("correlationId", {})
    correlation_id = usable_correlation_id(attribute.get("StringValue"))
    try:
        body = read_body(message.body)
        correlation_id = correlation_id or body.correlation_id
        half = half_of(body.event, message.queue)
    except Rejected as rejected:
        return Identity(correlation_id or message.message_id), rejected
    return ArrivedMessage(message, half, correlation_id or message.message_id)
