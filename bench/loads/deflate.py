"""permessage-deflate (RFC 7692) as a browser uses it."""

import zlib

# Chrome and Firefox offer exactly this.
OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
_TAIL = b"\x00\x00\xff\xff"
# With so small a window for each message, thousands of clients fit into a process, and every
# server must accept it.
_WINDOW_BITS, _MEMORY_LEVEL = 9, 1


def compress(message: bytes) -> bytes:
    """Compress a message by itself."""
    window = zlib.compressobj(wbits=-_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    return (window.compress(message) + window.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_TAIL)


class Decompression:
    """Decompresses the messages of one server. `accepted` is its answer to the offer."""

    def __init__(self, accepted: bytes | bytearray) -> None:
        self._keeps_window = b"server_no_context_takeover" not in accepted
        self._window = zlib.decompressobj(-zlib.MAX_WBITS)

    def message(self, compressed: bytes) -> bytes:
        """Decompress the next message."""
        message = self._window.decompress(compressed + _TAIL)
        if not self._keeps_window:
            self._window = zlib.decompressobj(-zlib.MAX_WBITS)
        return message
