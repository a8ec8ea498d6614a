"""The dashboard for Grafana: `document` writes the file, the other modules say what it shows."""
