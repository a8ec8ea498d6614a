"""Tells the world about products: Socket.IO clients, other instances, an SNS topic."""
