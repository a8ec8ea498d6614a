"""The rows on messages: overview, flow, failures, AWS."""

from grafana_foundation_sdk.models.units import CountsPerSecond, Seconds, Short

from tests.infra.alert_rules import alerts
from tests.infra.dashboard.queries import Query, each, graph, quantile, rate, total

_ALERTS = "|".join(rule["alert"] for rule in alerts())

OVERVIEW = [
    graph(
        "Firing alerts",
        Short,
        "Those of this service, each with a section in docs/runbook.md; of all deployments.",
        total(
            f'ALERTS{{alertstate="firing", alertname=~"{_ALERTS}"}}',
            "alertname",
            "severity",
            how="count",
        ),
    ),
    graph(
        "Burn rates within an hour",
        Short,
        "1 uses up the errors that an objective allows in 30 days; over 14.4 somebody is paged.",
        Query("{{objective}}", "assembly:burn_rate:1h"),
    ),
    graph(
        "Instances",
        Short,
        "How many run, by role and release.",
        total("assembly_build_info{ours}", "role", "version", how="count"),
    ),
]

FLOW = [
    graph(
        "Messages",
        CountsPerSecond,
        "By outcome. A new product takes two.",
        rate("assembly_events_total", "queue", "outcome"),
    ),
    graph(
        "Products announced",
        CountsPerSecond,
        "New and updated ones.",
        rate("assembly_announcements_total", "event_type"),
    ),
    graph(
        "Time to announcement",
        Seconds,
        "From receiving the second half. The objective is 99 % within 5 s.",
        quantile(0.5, "assembly_time_to_announcement_seconds"),
        quantile(0.99, "assembly_time_to_announcement_seconds"),
    ),
    graph(
        "Age when received",
        Seconds,
        "One that fails is older each time it comes back.",
        quantile(0.5, "assembly_message_age_seconds", "queue"),
        quantile(0.99, "assembly_message_age_seconds", "queue"),
    ),
    graph(
        "Messages in the queues",
        Short,
        "Waiting to be received, and hidden: in flight or handed back. SQS hides 120,000 at most.",
        total("assembly_queue_messages{ours}", "queue", called="waiting", how="max"),
        total("assembly_messages_hidden{ours}", "queue", called="hidden", how="max"),
    ),
    graph(
        "Time to settle",
        Seconds,
        "From receiving a message to acknowledging it or handing it back.",
        quantile(0.5, "assembly_handling_seconds", "queue"),
        quantile(0.99, "assembly_handling_seconds", "queue"),
    ),
    graph(
        "In flight",
        Short,
        "Messages received and not settled, and videos among them that wait for a retry.",
        each("assembly_messages_in_flight{ours}"),
        each("assembly_keys_waiting{ours}", "videos waiting"),
    ),
    graph(
        "Time since the last receive",
        Seconds,
        "Up to 20 s is normal while the queues are empty.",
        total("assembly_seconds_since_last_receive{ours}", "instance", "queue", how="max"),
    ),
    graph(
        "Oldest staged half",
        Seconds,
        "A half waits 24 hours for the other one, or STAGING_TTL_SECONDS.",
        total("assembly_oldest_staged_half_seconds{ours}", called="oldest", how="max"),
    ),
]

FAILURES = [
    graph(
        "Quarantined",
        CountsPerSecond,
        "Messages that can never be processed, by reason, and those that could not be moved.",
        rate("assembly_quarantined_total", "queue", "reason"),
        rate("assembly_quarantine_impossible_total", "queue", called="not moved"),
    ),
    graph(
        "Dead letters",
        Short,
        "They wait for somebody to decide.",
        total("assembly_dead_letters{ours}", "queue", how="max"),
    ),
    graph(
        "Age of the queues' counts",
        Seconds,
        "They are read once a minute. While they cannot be, dead letters go unnoticed.",
        total("assembly_queue_counts_age_seconds{ours}", "queue", how="min"),
    ),
    graph(
        "AWS errors",
        CountsPerSecond,
        "Failed calls, by code.",
        rate("assembly_aws_errors_total", "service", "operation", "code"),
    ),
    graph(
        "Outages",
        Short,
        "1 while an outage pauses receiving, or while the queues seem swapped.",
        each("assembly_receiving_paused{ours}", "paused"),
        each("assembly_queues_seem_swapped{ours}", "queues swapped"),
    ),
    graph(
        "Orphans",
        CountsPerSecond,
        "Halves whose other half did not come in time, by what is missing.",
        rate("assembly_orphans_total", "missing"),
    ),
    graph(
        "Publications that failed",
        CountsPerSecond,
        "By topic. They are repeated.",
        rate("assembly_topic_failures_total", "topic"),
    ),
    graph(
        "Limits reached",
        CountsPerSecond,
        "Limits that the service keeps to protect itself.",
        rate("assembly_limits_reached_total", "limit"),
    ),
    graph(
        "Conditions lost",
        CountsPerSecond,
        "Writes that another one came before; a few are normal.",
        rate("assembly_conditions_lost_total", "operation"),
    ),
]

AWS = [
    graph(
        "AWS calls",
        CountsPerSecond,
        "By operation.",
        rate("assembly_aws_calls_total", "service", "operation"),
    ),
    graph(
        "AWS retries",
        CountsPerSecond,
        "Attempts that were repeated within a call.",
        rate("assembly_aws_retries_total", "service", "operation"),
    ),
    graph(
        "DynamoDB capacity",
        CountsPerSecond,
        "Units a second, as DynamoDB reports them.",
        rate("assembly_dynamodb_consumed_capacity_units_total", "table", "operation"),
    ),
]
