"""Turns lines of the log into sentences."""

from assembly_service.runtime.recent_lines import RecentLine
from assembly_service.runtime.terminal import one_line

_CAUSES = ("reason", "detail", "code")
_LONGEST = 400
_SENTENCES = {
    "accepting_paused": "New connections have to wait: too many {limit} are in use.",
    "batch_failed": "A batch of messages failed, so each is tried by itself.",
    "bus_lost": "Other instances could not be reached through Redis or Valkey: {reason}.",
    "bus_message_refused": "A message of another instance was refused: {reason}.",
    "cleanup_failed": "The staging table could not be cleaned up ({code}); it is tried again.",
    "database_unavailable": "{path} was answered 503: the database did not answer ({code}).",
    "delete_failed": "Messages of {queue} could not be deleted ({code}); it is tried again.",
    "delete_given_up": "Messages of {queue} could not be deleted and will come again.",
    "draft_commit_gave_up": "The commit of draft {session_id} ({system}) was given up.",
    "draft_commits_cut_off": "Commits of drafts were cut off by the stop.",
    "draft_events_not_published": "Events of drafts are not published yet.",
    "draft_sweep_failed": "Expired {system} drafts could not be swept ({code}).",
    "instances_unknown": "Other instances cannot be listed: {reason} {channel}.",
    "key_failed": "Video {video_id} of {seller_handle} failed unexpectedly: the log has more.",
    "log_lines_dropped": "Lines of the log were dropped, because nobody read them.",
    "look_failed": "The tables could not be read ({code}); it is tried again.",
    "look_throttled": "DynamoDB throttled reads ({code}); they are tried again.",
    "message_failed": "Message {message_id} failed unexpectedly: the log has more.",
    "message_handed_back": "Messages of the {queue} queue were handed back and will come again.",
    "message_not_quarantined": "Messages of the {queue} queue could be neither processed nor "
    "quarantined: check its dead-letter queue.",
    "message_quarantined": "A message of the {queue} queue was quarantined as {reason}: {detail}",
    "orphan_found": "Video {video_id} of {seller_handle} got no {missing} in time.",
    "poller_stalled": "SQS has not answered for queue {queue}.",
    "quarantine_failed": "A message of the {queue} queue could not be quarantined ({code}); it is "
    "tried again.",
    "queues_seem_swapped": "Every event arrived on the other half's queue: the settings of the two "
    "queues seem to be swapped.",
    "receive_failed": "Queue {queue} could not be received from ({code}); it is tried again.",
    "receiving_paused": "Receiving paused because of an outage.",
    "replay_failed": "A client could not be told what it had missed ({code}).",
    "request_failed": "{method} {path} failed unexpectedly: the log has more.",
    "seller_in_trouble": "Messages of {seller_handle} fail and are tried again later.",
    "staged_half_quarantined": "The {queue} half of {video_id} of {seller_handle} was quarantined "
    "as {reason}.",
    "token_keys_not_fetched": "The issuer's keys for tokens could not be fetched: {reason}.",
    "token_keys_unavailable": "{path} was answered 503: the issuer's keys were not there.",
    "topic_publish_failed": "Products could not be published to their topic ({code}).",
    "traces_not_exported": "Traces could not be exported and are lost: {reason}",
    "tracing_unavailable": "The service runs without traces: {reason}",
    "visibility_not_changed": "Messages of {queue} could not be hidden for longer ({code}).",
    "write_failed": "Writes to the tables failed ({code}).",
}


def sentence_of(line: RecentLine) -> str:
    """Return a log line in words; an event without a sentence gives its name and its cause."""
    known = _SENTENCES.get(line.event)
    if known is not None:
        try:
            return _ended(known.format_map(line.values))
        except KeyError:
            pass
    words = line.event.replace("_", " ") if line.event.islower() else line.event
    cause = next((f": {line.values[name]}" for name in _CAUSES if name in line.values), "")
    return _ended(f"{words[:1].upper()}{words[1:]}{cause}")


def _ended(text: str) -> str:
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return one_line(short if short.endswith((".", "!", "?")) else f"{short}.")
