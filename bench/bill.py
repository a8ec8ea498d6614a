"""What a load costs, and what breaks first, from the measured cost of one of each."""

from dataclasses import dataclass

_DAY, _MONTH = 86_400, 30 * 86_400


@dataclass(frozen=True, kw_only=True)
class Load:
    """What the service is asked to carry. `peak`: how many times the average the worst hour is."""

    products_a_day: float = 10e6
    peak: float = 5
    visitors: float = 1e6
    watchers: float = 1_000
    loads_a_visitor: float = 1 / 600
    clients_an_instance: float = 50_000

    @property
    def products(self) -> float:
        """Products a second, on average."""
        return self.products_a_day / _DAY

    @property
    def sellers(self) -> float:
        """Sellers that somebody watches."""
        return self.visitors / self.watchers

    @property
    def instances(self) -> float:
        """Web instances, which together hold the visitors."""
        return self.visitors / self.clients_an_instance


@dataclass(frozen=True, kw_only=True)
class Prices:
    """US dollars, AWS us-east-1, November 2026, on demand."""

    core_hour: float = 0.03238
    gigabyte_hour: float = 0.00356
    write_units: float = 0.625e-6
    read_units: float = 0.125e-6
    call: float = 0.40e-6
    stored_gigabyte: float = 0.25
    # Tiers of traffic to the internet: up to so many GB a month, each at so much.
    traffic: tuple[tuple[float, float], ...] = (
        (10e3, 0.09),
        (50e3, 0.085),
        (150e3, 0.07),
        (float("inf"), 0.05),
    )

    def gigabytes(self, amount: float) -> float:
        """What so many gigabytes to the internet cost in a month."""
        cost, below = 0.0, 0.0
        for up_to, each in self.traffic:
            cost += each * max(0.0, min(amount, up_to) - below)
            below = up_to
        return cost


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The measured cost of one of each: CPU in seconds, sizes in bytes."""

    product: float
    calls: float
    write_units: float
    read_units: float
    heartbeat: float
    heartbeat_seconds: float = 25
    arrival: float
    connection_bytes: float
    delivery: float
    delivery_bytes: float
    page_load: float
    uncached_page: float
    page_bytes: float
    stock_arrival: float
    page_read_units: float = 14
    bus_message: float = 25.7e-6


# Of a product's writes, those of its halves, which are in another table.
_STAGING_UNITS = 2
# A product, its entry in the index, and what DynamoDB adds.
_ROW_BYTES = 2_900


@dataclass(frozen=True, kw_only=True)
class Line:
    """A part of the bill. `dollars` is a month's; `grows_with` says what makes it larger."""

    what: str
    each: str
    amount: str
    dollars: float
    grows_with: str


def bill(load: Load, each: Costs, prices: Prices) -> list[Line]:
    """Return what the load costs, the dearest part first."""
    lines = [
        *_processors(load, each, prices),
        *_traffic(load, each, prices),
        *_calls(load, each, prices),
        _memory(load, each, prices),
        _storage(load, prices),
    ]
    return sorted(lines, key=lambda line: -line.dollars)


def _processors(load: Load, each: Costs, prices: Prices) -> list[Line]:
    products = load.products * load.peak
    beats = load.visitors / each.heartbeat_seconds
    return [
        _cores("heartbeats", each.heartbeat, beats, prices, "visitors"),
        _cores(
            "deliveries", each.delivery, products * load.watchers, prices, "products x watchers"
        ),
        _page_loads(load, each, prices),
        _cores("workers", each.product, products, prices, "products"),
        _cores("bus", each.bus_message, products * load.instances, prices, "instances"),
    ]


def _traffic(load: Load, each: Costs, prices: Prices) -> list[Line]:
    """The tiers are those of all traffic, so each part pays its share."""
    parts = (
        ("deliveries", each.delivery_bytes, load.products * load.watchers, "products x watchers"),
        ("page loads", each.page_bytes, load.visitors * load.loads_a_visitor, "visitors"),
    )
    month = sum(size * rate for _, size, rate, _ in parts) * _MONTH
    dollars_a_byte = prices.gigabytes(month / 1e9) / month
    return [
        Line(
            what=f"traffic of {what}",
            each=f"{size:,.0f} bytes",
            amount=f"{size * rate * _MONTH / 1e12:.0f} TB a month",
            dollars=size * rate * _MONTH * dollars_a_byte,
            grows_with=grows_with,
        )
        for what, size, rate, grows_with in parts
    ]


def _calls(load: Load, each: Costs, prices: Prices) -> list[Line]:
    written, read = each.write_units, each.read_units
    return [
        _monthly("writes", "units", written, load.products, prices.write_units),
        _monthly("reads of the pipeline", "units", read, load.products, prices.read_units),
        _monthly(
            "reads of page loads",
            "units",
            each.page_read_units,
            _reads(load.visitors * load.loads_a_visitor, load),
            prices.read_units,
            grows_with="visitors, up to sellers x instances",
        ),
        # DynamoDB's calls, which cost nothing as such, are counted too.
        _monthly("calls of SQS, at most", "calls", each.calls, load.products, prices.call),
    ]


def _memory(load: Load, each: Costs, prices: Prices) -> Line:
    gigabytes = load.visitors * each.connection_bytes / 1e9
    return Line(
        what="memory of connections",
        each=f"{each.connection_bytes / 1024:.1f} KB",
        amount=f"{gigabytes:.1f} GB",
        dollars=gigabytes * _MONTH / 3600 * prices.gigabyte_hour,
        grows_with="visitors",
    )


def _storage(load: Load, prices: Prices) -> Line:
    gigabytes = load.products * _MONTH * _ROW_BYTES / 1e9
    return Line(
        what="storage of products, each month more",
        each=f"{_ROW_BYTES / 1e3:.1f} KB",
        amount=f"{gigabytes:,.0f} GB",
        dollars=gigabytes * prices.stored_gigabyte,
        grows_with="products, month by month",
    )


def _reads(loads: float, load: Load) -> float:
    """How many of so many page loads a second read the table.

    A window of one seller in one instance answers for a second, then the next load reads again.
    """
    windows = load.sellers * load.instances
    return loads / (1 + loads / windows)


def _page_loads(load: Load, each: Costs, prices: Prices) -> Line:
    loads = load.visitors * load.loads_a_visitor * load.peak
    missed = _reads(loads, load)
    seconds = missed * each.uncached_page + (loads - missed) * each.page_load
    return _cores("page loads", seconds / loads, loads, prices, "visitors")


def _cores(what: str, seconds: float, rate: float, prices: Prices, grows_with: str) -> Line:
    return Line(
        what=f"CPU of {what}",
        each=f"{seconds * 1e6:,.0f} µs",
        amount=f"{seconds * rate:.1f} cores at the peak",
        dollars=seconds * rate * _MONTH / 3600 * prices.core_hour,
        grows_with=grows_with,
    )


def _monthly(
    what: str,
    unit: str,
    each: float,
    rate: float,
    price: float,
    grows_with: str = "products",
) -> Line:
    amount = each * rate * _MONTH
    return Line(
        what=what,
        each=f"{each:.3g} {unit}",
        amount=f"{amount / 1e6:,.0f} million {unit} a month",
        dollars=amount * price,
        grows_with=grows_with,
    )


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Something that cannot be had more of by adding instances, and when it is reached."""

    what: str
    limit: str
    reached: str


def bounds(load: Load, each: Costs) -> list[Bound]:
    """Return what breaks first, whatever the number of instances."""
    units_a_write = each.write_units - _STAGING_UNITS
    return [
        Bound(
            what="one seller's partition, writes",
            limit="1,000 units a second",
            reached=f"{1_000 / units_a_write:,.0f} new products a second of one seller",
        ),
        Bound(
            what="one seller's partition, reads",
            limit="3,000 units a second",
            reached=f"{3_000 / each.page_read_units:,.0f} web instances that show one seller",
        ),
        Bound(
            what="one seller's products (with the local index)",
            limit="10 GB",
            reached=f"{10e9 / _ROW_BYTES / 1e6:.1f} million products of one seller",
        ),
        Bound(
            what="one process, deliveries",
            limit="1 core",
            reached=f"{1 / each.delivery:,.0f} deliveries a second",
        ),
        Bound(
            what="one process, clients that come back over WebSocket",
            limit="1 core",
            reached=_arrivals(load, each.arrival),
        ),
        Bound(
            what="one process, stock clients that poll first",
            limit="1 core",
            reached=_arrivals(load, each.stock_arrival),
        ),
        Bound(
            what="every process, messages of the bus",
            limit="1 core",
            reached=f"{1 / each.bus_message:,.0f} products a second in all, "
            f"{1 / each.bus_message / load.products / load.peak:,.0f} times this peak",
        ),
    ]


def _arrivals(load: Load, seconds: float) -> str:
    return (
        f"{1 / seconds:,.0f} clients a second: all visitors within a minute "
        f"by {load.visitors / 60 * seconds:,.0f} processes"
    )
