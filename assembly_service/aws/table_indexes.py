"""The names of the tables' indexes, as infra/template.yaml gives them."""

UPDATED_AT_INDEX = "by_updated_at"
"""Of the products of a seller, by their last change."""
EXPIRY_INDEX = "by_expiry"
"""Of open drafts, by their expiry."""
