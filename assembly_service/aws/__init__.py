"""The only room that knows AWS's client library: clients, error codes, queues, start checks."""
