"""Tools for operators: health checks, metrics, dead letters, waiting halves, announcing again."""
