"""The DynamoDB tables: rows, conditional writes, consistent reads."""
