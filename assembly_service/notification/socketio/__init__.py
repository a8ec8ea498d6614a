"""Below python-socketio: connections, packets, and a bounded send queue for each client."""
