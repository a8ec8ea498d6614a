"""Joins the caption and the thumbnails of a video into one product and shows it live."""
