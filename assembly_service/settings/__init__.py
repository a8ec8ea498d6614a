"""What the environment says: a class a subject, checked once, told in sentences when wrong."""
