"""Education registration: staged, validated, categorised, linked to an account, created once."""
