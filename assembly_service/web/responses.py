"""Where the drafts' calls still look for answers in JSON."""

from assembly_service.http.responses import json_response

__all__ = ["json_response"]
