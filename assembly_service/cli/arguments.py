"""Checks arguments that several commands have."""

from collections.abc import Sequence

import click

from assembly_service.domain.names import is_seller_handle, is_video_id


def check_names(seller: str, videos: Sequence[str]) -> None:
    """Raise BadParameter for what cannot be a seller handle or a video id."""
    if not is_seller_handle(seller):
        raise click.BadParameter(f"'{seller}' is not a seller handle.", param_hint="SELLER")
    for video in videos:
        if not is_video_id(video):
            raise click.BadParameter(f"'{video}' is not a video id.", param_hint="VIDEO")
