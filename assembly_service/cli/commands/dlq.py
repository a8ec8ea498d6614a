"""`assembly-service dlq`: the dead-letter queues."""

import click

from assembly_service.cli.commands.dlq_list import list_letters
from assembly_service.cli.commands.dlq_redrive import redrive
from assembly_service.cli.commands.dlq_show import show


@click.group()
def dlq() -> None:
    """List dead letters, print one, and put them back.

    A message is there because it can never be processed (not_json, not_an_event, wrong_queue,
    invalid_event, too_large, seller_full), or because SQS moved it after too many receives
    (receive_count_exceeded).
    """


for command in (list_letters, show, redrive):
    dlq.add_command(command)
