"""The rows on those who connect: clients and the bus, HTTP, drafts; and on the process."""

from grafana_foundation_sdk.models.units import (
    BytesIEC,
    BytesPerSecondIEC,
    CountsPerSecond,
    PercentUnit,
    Seconds,
    Short,
)

from tests.infra.dashboard.queries import busiest, each, graph, quantile, rate, total

CLIENTS = [
    graph(
        "Clients",
        Short,
        "By how they are connected.",
        total("assembly_clients{ours}", "transport"),
    ),
    graph(
        "Clients by instance",
        Short,
        "Uneven after a deployment, until clients come and go.",
        each("assembly_websocket_connections{ours}"),
        each("assembly_event_streams{ours}", "event streams"),
    ),
    graph(
        "Subscriptions",
        Short,
        "Sellers watched, once for each client.",
        total("assembly_websocket_subscriptions{ours}", "instance"),
    ),
    graph(
        "Deliveries",
        CountsPerSecond,
        "Events passed on to clients, once for each client.",
        rate("assembly_deliveries_total", "instance"),
    ),
    graph(
        "Bytes delivered",
        BytesPerSecondIEC,
        "Before compression.",
        rate("assembly_delivered_bytes_total", "instance"),
    ),
    graph(
        "Event streams",
        CountsPerSecond,
        "By what became of them. The objective is 99.9 % served.",
        rate("assembly_event_stream_requests_total", "outcome"),
    ),
    graph(
        "Subscribes",
        CountsPerSecond,
        "On sockets, by what became of them. The objective is 99.9 % served.",
        rate("assembly_websocket_subscribes_total", "outcome"),
    ),
    graph(
        "Clients asked to load again",
        CountsPerSecond,
        "Because the bus may have lost something. The objective is 99 % of deliveries without.",
        rate("assembly_resyncs_total", "reason"),
    ),
    graph(
        "Replays",
        CountsPerSecond,
        "Clients that came back, by whether they were shown what they missed.",
        rate("assembly_replays_total", "result"),
    ),
    graph(
        "Clients disconnected or delayed",
        CountsPerSecond,
        "Those that read too slowly, never joined, or subscribed too often.",
        rate("assembly_websocket_slow_clients_total", called="slow"),
        rate("assembly_websocket_never_joined_total", called="never joined"),
        rate("assembly_websocket_subscribes_delayed_total", called="subscribes delayed"),
        rate("assembly_websocket_subscribes_refused_total", called="subscribes refused"),
    ),
    graph(
        "Bus",
        CountsPerSecond,
        "Messages between instances.",
        rate("assembly_bus_messages_sent_total", called="sent"),
        rate("assembly_bus_messages_received_total", called="received"),
        rate("assembly_bus_messages_lost_total", called="lost"),
        rate("assembly_bus_messages_refused_total", "reason", called="refused"),
    ),
    graph(
        "Bus connection",
        Short,
        "1 while an instance cannot reach others, and how often it lost them.",
        each("assembly_bus_degraded{ours}", "unreachable"),
        each("increase(assembly_bus_connections_lost_total{ours}[$__rate_interval])", "lost"),
    ),
]

HTTP = [
    graph(
        "Requests",
        CountsPerSecond,
        "By class of status.",
        rate("assembly_http_requests_total", "status"),
    ),
    graph(
        "Requests by route",
        CountsPerSecond,
        "The ten busiest.",
        busiest(rate("assembly_http_requests_total", "method", "route")),
    ),
    graph(
        "Requests that failed",
        CountsPerSecond,
        "5xx by route. The objective is 99.9 % without.",
        rate("assembly_http_requests_total", "method", "route", where='{ours, status="5xx"}'),
    ),
    graph(
        "Latency",
        Seconds,
        "Of requests that do not wait for events.",
        quantile(0.5, "assembly_http_request_seconds"),
        quantile(0.99, "assembly_http_request_seconds"),
    ),
    graph(
        "Latency by route",
        Seconds,
        "The ten slowest.",
        busiest(quantile(0.99, "assembly_http_request_seconds", "method", "route")),
    ),
    graph(
        "Connections",
        Short,
        "Open ones, and whether new ones are accepted.",
        each("assembly_http_connections{ours}"),
        each("assembly_http_accepting{ours}", "accepting"),
    ),
    graph(
        "Connections refused, closed or made to wait",
        CountsPerSecond,
        "By the limit, or by what the client did not send in time.",
        rate("assembly_http_connections_refused_total", called="too many of an address"),
        rate("assembly_http_connections_closed_total", "missing", called="missing"),
        rate("assembly_http_accepting_paused_total", "limit", called="reached"),
    ),
]

DRAFTS = [
    graph(
        "Draft calls",
        CountsPerSecond,
        "By outcome.",
        rate("assembly_draft_steps_total", "system", "outcome"),
    ),
    graph(
        "Latency of draft calls",
        Seconds,
        "By step.",
        quantile(0.99, "assembly_draft_step_seconds", "system", "step"),
    ),
    graph(
        "Open drafts",
        Short,
        "As the one instance that counts them saw.",
        total("assembly_drafts_open{ours}", "system", how="max"),
    ),
    graph(
        "Drafts abandoned",
        CountsPerSecond,
        "By the state in which they were left.",
        rate("assembly_drafts_abandoned_total", "system", "state"),
    ),
    graph(
        "Steps incomplete or wrong",
        CountsPerSecond,
        "Where people have difficulties.",
        rate("assembly_draft_validation_errors_total", "system", "draft_step"),
    ),
    graph(
        "Draft events",
        CountsPerSecond,
        "Published ones.",
        rate("assembly_draft_events_total", "system", "event"),
    ),
    graph(
        "Draft events waiting",
        Seconds,
        "Age of the oldest one that cannot be published.",
        total("assembly_draft_events_waiting_seconds{ours}", "system", how="max"),
    ),
    graph(
        "Age of the outbox's figure",
        Seconds,
        "It is read every few seconds. While it cannot be, events that wait go unnoticed.",
        total("assembly_draft_events_waiting_age_seconds{ours}", "system", how="min"),
    ),
    graph(
        "Tokens",
        CountsPerSecond,
        "Refused ones; fetches of keys that failed; calls whose limit could not be counted.",
        rate("assembly_tokens_refused_total", "reason", called="refused"),
        rate("assembly_token_keys_fetch_failures_total", called="keys not fetched"),
        rate("assembly_draft_limits_not_counted_total", "system", called="not counted"),
    ),
    graph(
        "Age of the issuer's keys",
        Seconds,
        "They serve for a day.",
        each("assembly_token_keys_age_seconds{ours}"),
    ),
]

PROCESS = [
    graph(
        "Cores in use",
        Short,
        "An event loop uses one at most.",
        each("rate(process_cpu_seconds_total{ours}[$__rate_interval])"),
    ),
    graph(
        "Memory",
        BytesIEC,
        "Resident.",
        each("process_resident_memory_bytes{ours}"),
    ),
    graph(
        "Event loop lag",
        Seconds,
        "How long what is ready waits. Milliseconds are normal.",
        quantile(0.99, "assembly_event_loop_lag_seconds", "instance"),
        quantile(0.999, "assembly_event_loop_lag_seconds", "instance"),
    ),
    graph(
        "Tasks",
        Short,
        "They grow with work in hand, and fall back.",
        each("assembly_event_loop_tasks{ours}"),
    ),
    graph(
        "Open files",
        PercentUnit,
        "Of those that the limit allows.",
        each("process_open_fds{ours} / process_max_fds{ours}"),
    ),
    graph(
        "Time since the start",
        Seconds,
        "It falls to 0 at each restart.",
        each("time() - process_start_time_seconds{ours}"),
    ),
    graph(
        "Log lines dropped",
        CountsPerSecond,
        "Because nobody read them in time.",
        rate("assembly_log_lines_dropped_total", "instance"),
    ),
]
