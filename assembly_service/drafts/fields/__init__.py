"""Fields of request bodies: check, sentence, schema and form hints from one declaration."""
