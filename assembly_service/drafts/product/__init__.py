"""The product orchestrator: drafts of a product and its audience target, and the catalogue."""
