"""Events, products and the assembly rules. Pure: no I/O, no clock, no AWS."""
