"""A loopback TCP proxy that is as far away as one wants, and counts how often the client waited for an answer."""
import collections
import selectors
import socket
import threading
import time

CHUNK = 64 * 1024
# What may be under way in one direction: more than 200 ms x 100 Mbit/s, less than a test should hold.
UNDER_WAY = 8 * 1024 * 1024


class Far:
    """One direction of a connection: bytes that are under way, each with the time at which it arrives."""

    def __init__(self, one_way_s, bytes_per_second):
        self.one_way_s = one_way_s
        self._bytes_per_second = bytes_per_second
        self._under_way = collections.deque()
        self._size = 0
        self._sent_at = 0.0  # when the link is through with what it was given
        self.ended = False

    def put(self, data, now):
        self._sent_at = max(now, self._sent_at)
        if self._bytes_per_second:
            self._sent_at += len(data) / self._bytes_per_second
        self._under_way.append((self._sent_at + self.one_way_s, data))
        self._size += len(data)

    def take(self, now):
        data = []
        while self._under_way and self._under_way[0][0] <= now:
            data.append(self._under_way.popleft()[1])
            self._size -= len(data[-1])
        return b"".join(data)

    def due(self):
        return self._under_way[0][0] if self._under_way else None

    @property
    def full(self):
        return self._size >= UNDER_WAY

    @property
    def over(self):
        return self.ended and not self._under_way


class DelayProxy:
    """Forwards to (target_host, target_port) as if it were `round_trip_s` away, with `bytes_per_second` of the server (None: no
    limit). The first bytes of a client wait one more round trip: that is the TCP handshake of a far server. `round_trips`
    counts that handshake and every time the server was heard after the client had spoken, so what nobody waits for (a
    LOGOUT) costs nothing. The delay is on the far side, so the order of things is the client's own."""

    def __init__(self, target_host, target_port, round_trip_s, bytes_per_second=None, host="127.0.0.1"):
        self._target = (target_host, target_port)
        self._round_trip_s = round_trip_s
        self._bytes_per_second = bytes_per_second
        self._listener = socket.create_server((host, 0))
        self.host, self.port = self._listener.getsockname()[:2]
        self._lock = threading.Condition()
        self._open = set()
        self.connections = 0
        self.round_trips = 0
        self.server_bytes = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self):
        with self._lock:
            self.connections = self.round_trips = self.server_bytes = 0

    def wait_for_round_trips(self, count, timeout_s=120):
        with self._lock:
            if not self._lock.wait_for(lambda: self.round_trips >= count, timeout_s):
                raise TimeoutError(f"{self.round_trips} round trips within {timeout_s} s, not {count}")

    def stop(self):
        _close(self._listener)
        with self._lock:
            sides, self._open = self._open, set()
        for side in sides:
            _close(side)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                client.close()
                continue
            for side in (client, server):
                side.settimeout(None)
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {client, server}
                self.connections += 1
                self.round_trips += 1
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()

    def _pump(self, client, server):
        outward = Far(self._round_trip_s / 2, None)
        homeward = Far(self._round_trip_s / 2, self._bytes_per_second)
        spoke, first = False, True
        try:
            with selectors.DefaultSelector() as selector:
                while not homeward.over:
                    self._watch(selector, client, not outward.ended)
                    self._watch(selector, server, not homeward.ended and not homeward.full)
                    for key, _ in selector.select(_time_to(outward.due(), homeward.due())):
                        data = key.fileobj.recv(CHUNK)
                        way = outward if key.fileobj is client else homeward
                        if not data:
                            way.ended = True
                        elif way is outward:
                            way.put(data, time.monotonic() + (self._round_trip_s if first else 0))
                            spoke, first = True, False
                        else:
                            way.put(data, time.monotonic())
                    spoke = self._deliver(client, server, outward, homeward, spoke)
                    if outward.over:
                        return
        except (OSError, ValueError):
            return
        finally:
            with self._lock:
                self._open -= {client, server}
            _close(client)
            _close(server)

    def _deliver(self, client, server, outward, homeward, spoke):
        now = time.monotonic()
        if data := outward.take(now):
            server.sendall(data)
        if data := homeward.take(now):
            client.sendall(data)
            with self._lock:
                self.server_bytes += len(data)
                # Who has hung up does not wait.
                self.round_trips += 1 if spoke and not outward.ended else 0
                self._lock.notify_all()
            return False
        return spoke

    @staticmethod
    def _watch(selector, side, wanted):
        watched = side in selector.get_map()
        if wanted and not watched:
            selector.register(side, selectors.EVENT_READ)
        elif watched and not wanted:
            selector.unregister(side)


def _time_to(*moments):
    moments = [moment for moment in moments if moment is not None]
    return max(0.0, min(moments) - time.monotonic()) if moments else None


def _close(side):
    try:
        side.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    side.close()
