"""What several commands take as arguments, checked."""

from collections.abc import Sequence

import click

from assembly_service.domain.names import is_seller_handle, is_video_id


def check_names(seller: str, videos: Sequence[str]) -> None:
    """Raises BadParameter if one of them cannot be the name of a seller or a video."""
    if not is_seller_handle(seller):
        raise click.BadParameter(f"'{seller}' is not a seller's handle.", param_hint="SELLER")
    for video in videos:
        if not is_video_id(video):
            raise click.BadParameter(f"'{video}' is not a video's id.", param_hint="VIDEO")
