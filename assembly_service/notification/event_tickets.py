"""Issues the tickets with which clients that send no headers follow a seller."""

from aiohttp import web

from assembly_service.access.reader_calls import admit
from assembly_service.access.readers import Readers
from assembly_service.access.tickets import TICKET_SECONDS
from assembly_service.http.parameters import ParameterReader
from assembly_service.http.responses import json_response
from assembly_service.notification.event_calls import CREATE_TICKET
from assembly_service.shop.parameters import HANDLE


def ticket_route(readers: Readers) -> web.RouteDef:
    """Return the route of the call."""

    async def create(request: web.Request) -> web.Response:
        parameters = ParameterReader(request)
        seller_handle = parameters.read(HANDLE)
        parameters.refuse_mistakes()
        reader = await admit(request, readers, seller_handle)
        ticket = readers.ticket(reader, seller_handle)
        return json_response({"ticket": ticket, "expiresInSeconds": TICKET_SECONDS})

    return CREATE_TICKET.route(create)
