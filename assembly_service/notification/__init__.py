"""Notifies Socket.IO clients, other instances and an SNS topic of products."""
