"""The security headers of every answer; docs/threat-model.md says what each is for."""

from collections.abc import Mapping

from aiohttp import web
from multidict import istr

from assembly_service.http.forwarded import is_https
from assembly_service.settings.values import TrustedProxies

# multidict looks up names of its own type without making them lower case first.
OF_ANSWERS: Mapping[str, str] = {
    istr("X-Content-Type-Options"): "nosniff",
    istr("Content-Security-Policy"): "default-src 'none'; frame-ancestors 'none'",
    istr("Cross-Origin-Resource-Policy"): "same-origin",
}
"""Of answers other than pages."""
OVER_HTTPS: Mapping[str, str] = {istr("Strict-Transport-Security"): "max-age=31536000"}
"""Also of what a trusted proxy received over https. Subdomains are not ours to decide about."""
OF_PAGES: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Of pages, beside a content security policy of their own."""


def page_headers(nonce: str, images: str = "") -> dict[str, str]:
    """Return the headers of a page, whose styles carry the nonce.

    It may load pictures from the sources `images`, as in ` https:`, and all else from here alone.
    """
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}';"
        f" img-src 'self' data:{images}; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
    return {"Content-Security-Policy": policy, **OF_PAGES}


def add_security_headers(application: web.Application, trusted: TrustedProxies = 0) -> None:
    """Give every answer of an application, and of those below it, the headers it lacks."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        # The last moment at which streams and files can still get a header.
        headers = response.headers
        for name, value in OF_ANSWERS.items():
            headers.setdefault(name, value)
        if trusted and is_https(request, trusted):
            for name, value in OVER_HTTPS.items():
                headers.setdefault(name, value)

    application.on_response_prepare.append(add)
