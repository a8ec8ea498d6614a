"""What `local` prints once the service is ready: what to run, and the addresses to open."""

import sys
from pathlib import Path

from assembly_service.cli.environment import LOCAL_FILE
from assembly_service.domain.addresses import reachable, url_of
from assembly_service.settings.service import Settings


def welcome(settings: Settings, aws: str) -> str:
    """Return the text. The addresses stand last, the pages first; `aws` is the local AWS."""
    return "\n".join(
        [
            "",
            "assembly-service is running. Ctrl-C stops it and its local AWS.",
            "",
            _next_steps(settings.service_role),
            "",
            *(f"  {label:<10}  {address}" for label, address in _addresses(settings, aws)),
            "",
        ]
    )


def _next_steps(role: str) -> str:
    watch = f"watch a shop:\n  {_command()} tail home256"
    send = f"""send it something:
  {_command()} send --captions samples/captions.jsonl \\
    --thumbnails samples/thumbnails.jsonl --shuffle --duplicates 0.2"""
    if role == "all":
        return f"In a second terminal, {watch}\nand in a third one, {send}"
    return f"In a second terminal, {send if role == 'worker' else watch}"


def _addresses(settings: Settings, aws: str) -> list[tuple[str, str]]:
    """Return each address after its label. A worker serves only what is for operators."""
    url = url_of(reachable(settings.host), settings.port)
    serves_clients = settings.service_role != "worker"
    operations = url
    if settings.operations_port:
        operations = url_of(reachable(settings.operations_host), settings.operations_port)
    addresses = [("pages", f"{url}/")] if serves_clients else []
    if serves_clients or settings.operations_port:
        addresses.append(("flow", f"{url if serves_clients else operations}/flow"))
    if serves_clients:
        addresses += [("guides", f"{url}/docs"), ("API", f"{url}/api/docs")]
        addresses += [*_of_drafts(settings, f"{url}/drafts"), *_of_clients(url)]
    addresses.append(("health", f"{operations}/health"))
    addresses.append(("local AWS", f"{aws}  (settings in {LOCAL_FILE})"))
    return addresses


def _of_clients(url: str) -> list[tuple[str, str]]:
    return [
        ("products", f"{url}/api/v1/shop/home256/products"),
        ("sockets", "Socket.IO namespace /products"),
    ]


def _of_drafts(settings: Settings, pages: str) -> list[tuple[str, str]]:
    addresses = []
    if settings.product_drafts:
        addresses.append(("drafts", pages))
        if not settings.product_drafts.jwt_jwks_url:
            addresses.append(("", f"a token: {_command()} token --privilege admin --org ORG"))
    if settings.project_sessions:
        addresses.append(("sessions", f"{pages}/project"))
    if settings.education_registration:
        addresses.append(("education", f"{pages}/education"))
    return addresses


def _command() -> str:
    program = Path(sys.argv[0]).absolute()
    if program.name == "assembly-service" and program.is_relative_to(Path.cwd()):
        return str(program.relative_to(Path.cwd()))
    return "assembly-service"
