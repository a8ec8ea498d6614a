"""What the metrics of an instance say that it did."""

from prometheus_client.parser import text_string_to_metric_families


def counted(metrics: str, name: str, **labels: str) -> float:
    """The sum of a figure over all its label sets that hold these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def calls(metrics: str, operation: str) -> float:
    """How many calls of DynamoDB's operation were answered."""
    return counted(metrics, "assembly_aws_calls_total", service="dynamodb", operation=operation)


def capacity(metrics: str) -> float:
    """Capacity units that DynamoDB says were consumed."""
    return counted(metrics, "assembly_dynamodb_consumed_capacity_units_total")
