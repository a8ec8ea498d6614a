"""The metrics of calls to AWS."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter


class AwsMetrics:
    """The calls to AWS."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        self.calls = counter("assembly_aws_calls", "AWS calls.", ["service", "operation"])
        self.errors = counter(
            "assembly_aws_errors",
            "Failed AWS calls, whole or in part, by error code; each code counts once a call.",
            ["service", "operation", "code"],
        )
        self.retries = counter(
            "assembly_aws_retries",
            "Attempts repeated within an AWS call.",
            ["service", "operation"],
        )
        self.conditions_lost = counter(
            "assembly_conditions_lost",
            "Conditional writes that lost to another writer; a few are normal.",
            ["operation"],
        )
        self.consumed_capacity = counter(
            "assembly_dynamodb_consumed_capacity_units",
            "DynamoDB capacity units, as reported by DynamoDB.",
            ["table", "operation"],
        )
