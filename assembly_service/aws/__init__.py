"""AWS: clients, error codes, queues, start checks. Few other rooms import its client library."""
