"""What operators ask and do: health, figures, dead letters, waiting halves, announcing again."""
