"""The way from the queues to the browsers at a glance: figures, rates and problems."""
