"""The engine beneath python-socketio: connections, packets, and what waits for each client."""
