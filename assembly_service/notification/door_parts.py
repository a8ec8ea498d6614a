"""What the two live doors of an instance share: sockets and event streams."""

from dataclasses import dataclass

from assembly_service.notification.expiries import Expiries
from assembly_service.notification.replay import Replay
from assembly_service.notification.rooms import Rooms
from assembly_service.notification.subscriptions import Subscriptions
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import ClientMetrics
from assembly_service.shop.first_pages import FirstPages


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorParts:
    """What a door needs to subscribe clients, to show them what they missed, and to end them."""

    rooms: Rooms
    subscriptions: Subscriptions
    replay: Replay
    first_pages: FirstPages
    expiries: Expiries
    clock: Clock
    metrics: ClientMetrics
