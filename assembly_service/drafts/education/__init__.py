"""Education registration: stage, validate, categorise, link to an account, create once."""
