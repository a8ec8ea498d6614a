"""Product drafts: prepared step by step, committed once."""
