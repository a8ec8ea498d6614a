"""What the service knows about events and products. Pure: no I/O, no clock, no AWS."""
