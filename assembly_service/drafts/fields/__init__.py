"""The fields of bodies: check, sentence, schema and what a form shows, from one declaration."""
