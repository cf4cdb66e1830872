"""The programs inside the soak's pods, servers and clients that count what they do themselves: their counts are the truth that
podglass is compared with. Driven by lines on stdin, each answered by one line of JSON.

    soak_actors.py serve [PORT]     HTTP on PORT (8080), 7000 keep, 7001 stuck, 7002 reset, DNS on UDP 53
    soak_actors.py ask              a client; `start NAME KIND {options}`, `stop NAME`, `report`"""

import json, socket, struct, sys, threading, time

LINGER_NONE = struct.pack("ii", 1, 0)
BLOCK = bytes(1 << 16)


class Counts:
    """Numbers that several threads add to."""

    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = {}

    def add(self, **numbers):
        with self.lock:
            for key, number in numbers.items():
                self.numbers[key] = self.numbers.get(key, 0) + number

    def report(self):
        with self.lock:
            return dict(self.numbers)


counts = Counts()


def thread(body, *arguments):
    threading.Thread(target=body, args=arguments, daemon=True).start()


def receive(peer, size):
    """So many bytes, counted as they come; False at the connection's end."""
    while size:
        data = peer.recv(min(size, 1 << 16))
        if not data:
            return False
        counts.add(received=len(data))
        size -= len(data)
    return True


def send(peer, size):
    while size:
        sent = peer.send(BLOCK[:size])
        counts.add(sent=sent)
        size -= sent


# The server.

may_read = threading.Event()
may_read.set()


def listen(port, body, backlog=1024):
    server = socket.create_server(("0.0.0.0", port), backlog=backlog)

    def accept():
        while True:
            peer = server.accept()[0]
            thread(guarded, body, peer)

    thread(accept)


def guarded(body, peer):
    counts.add(accepted=1)
    try:
        body(peer)
    except OSError:
        counts.add(broken=1)
    finally:
        peer.close()


def keep(peer):
    """A header says how many bytes follow, and how many are to be answered."""
    while True:
        header = peer.recv(8, socket.MSG_WAITALL)
        counts.add(received=len(header))
        if len(header) < 8:
            return
        coming, wanted = struct.unpack("!II", header)
        if not receive(peer, coming):
            return
        send(peer, wanted)


def stuck(peer):
    """Reads only while it may: until then its window is shut."""
    while True:
        may_read.wait()
        data = peer.recv(1 << 16)
        if not data:
            return
        counts.add(received=len(data))


def reset(peer):
    counts.add(received=len(peer.recv(1)))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)


def web(peer):
    rest = b""
    while True:
        while b"\r\n\r\n" not in rest:
            data = peer.recv(4096)
            if not data:
                return
            counts.add(received=len(data))
            rest += data
        head, rest = rest.split(b"\r\n\r\n", 1)
        reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        counts.add(served=1)
        peer.sendall(reply)
        counts.add(sent=len(reply))


def names(port=53):
    """An address for all names but those that begin with "no"."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", port))
    while True:
        question, client = server.recvfrom(512)
        found = not question[13:15] == b"no"
        reply = question[:2] + (b"\x84\x00" if found else b"\x84\x03") + b"\0\1" + (b"\0\1" if found else b"\0\0") + b"\0\0\0\0" + question[12:]
        if found:
            reply += b"\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\x0a\1\2\3"
        counts.add(received=len(question), sent=len(reply), answered=1)
        server.sendto(reply, client)


def serve(port=8080):
    listen(port, web)
    listen(7000, keep)
    listen(7001, stuck)
    listen(7002, reset)
    thread(names)


# The client.


class Work:
    """One kind of traffic, `rate` times a second until it is stopped; `stop` waits until what is under way has ended."""

    def __init__(self, kind, options):
        self.stopping = threading.Event()
        self.rate = options.pop("rate", 10)
        self.options = options
        self.body = getattr(self, kind)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.body(**self.options)
            except OSError as problem:
                counts.add(**{f"error_{type(problem).__name__}": 1})
                self.stopping.wait(0.2)

    def stop(self, patience=60):
        self.stopping.set()
        self.thread.join(patience)
        return not self.thread.is_alive()

    def turns(self):
        """Once for each time that something is due; never hurries to make up."""
        due = time.monotonic()
        while not self.stopping.is_set():
            yield
            due = max(due + 1 / self.rate, time.monotonic())
            self.stopping.wait(max(0, due - time.monotonic()))

    def connect(self, to, port, timeout=30):
        try:
            peer = socket.create_connection((to, port), timeout=timeout)
        except OSError:
            counts.add(failed=1)
            raise
        counts.add(opened=1)
        return peer

    def ask(self, peer, paths, number):
        request = f"GET {paths[number % len(paths)]} HTTP/1.1\r\nHost: soak\r\n\r\n".encode()
        peer.sendall(request)
        counts.add(sent=len(request), asked=1)
        head = b""
        while b"\r\n\r\n" not in head:
            data = peer.recv(1 << 16)
            if not data:
                raise ConnectionError
            counts.add(received=len(data))
            head += data
        head, body = head.split(b"\r\n\r\n", 1)
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        if not receive(peer, length - len(body)):
            raise ConnectionError
        counts.add(answered=1)

    def keepalive(self, to, port, paths):
        with self.connect(to, port) as peer:
            for number, _ in enumerate(self.turns()):
                self.ask(peer, paths, number)

    def once(self, to, port, paths):
        """A connection a request; those who are asked may be several."""
        for number, _ in enumerate(self.turns()):
            everybody = to if isinstance(to, list) else [to]
            with self.connect(everybody[number % len(everybody)], port) as peer:
                self.ask(peer, paths, number)

    def brief(self, to, port):
        """Connections without a byte."""
        for _ in self.turns():
            self.connect(to, port).close()

    def long(self, to, port=7000, up=2000, down=20000):
        with self.connect(to, port) as peer:
            self.move(peer, up, down)

    def kept(self, number, up=2000, down=20000):
        """On a connection that was opened before and is not closed after."""
        self.move(kept[number], up, down)

    def move(self, peer, up, down):
        for _ in self.turns():
            peer.sendall(struct.pack("!II", up, down))
            counts.add(sent=8)
            send(peer, up)
            if not receive(peer, down):
                raise ConnectionError

    def fill(self, to, port=7001):
        """Sends to somebody who does not read, until there is no room; then waits for the end."""
        with self.connect(to, port, timeout=None) as peer:
            peer.settimeout(0.2)
            while not self.stopping.is_set():
                try:
                    counts.add(sent=peer.send(BLOCK))
                except TimeoutError:
                    pass

    def cut(self, to, port=7002):
        for _ in self.turns():
            try:
                with self.connect(to, port) as peer:
                    peer.send(b"x")
                    counts.add(sent=1)
                    peer.recv(1)
            except ConnectionResetError:
                counts.add(cut=1)

    def refused(self, to, port=81):
        for _ in self.turns():
            try:
                self.connect(to, port).close()
            except ConnectionRefusedError:
                counts.add(refused=1)

    def ports(self, to, first, count):
        """Closed ports, one after the other: a flow each."""
        for number, _ in enumerate(self.turns()):
            try:
                self.connect(to, first + number % count).close()
            except ConnectionRefusedError:
                counts.add(refused=1)

    def dns(self, to, port=53):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.connect((to, port))
            peer.settimeout(4)
            for number, _ in enumerate(self.turns()):
                name = ["web", "nobody", "peer"][number % 3].encode()
                question = struct.pack("!HHHHHH", number & 0xffff, 0x100, 1, 0, 0, 0) + bytes([len(name)]) + name + b"\4soak\0\0\1\0\1"
                peer.send(question)
                counts.add(sent=len(question), questions=1)
                counts.add(received=len(peer.recv(512)), answers=1)


kept = []
works = {}


def command(words):
    verb, *rest = words
    if verb == "start":
        works[rest[0]] = Work(rest[1], json.loads(rest[2]) if len(rest) > 2 else {})
    elif verb == "stop":
        stopped = [works.pop(name) for name in (rest or list(works))]
        for work in stopped:
            work.stopping.set()
        return {"stopped": all(work.stop() for work in stopped)}
    elif verb == "open":
        for _ in range(int(rest[2])):
            kept.append(socket.create_connection((rest[0], int(rest[1]))))
    elif verb == "close":
        while kept:
            kept.pop().close()
    elif verb == "read":
        may_read.set() if rest[0] == "yes" else may_read.clear()
    elif verb == "listen":
        listen(int(rest[0]), web)
    return counts.report()


def main():
    threading.stack_size(256 << 10)
    if sys.argv[1] == "serve":
        serve(*map(int, sys.argv[2:]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(command(line.rstrip("\n").split(" ", 3))), flush=True)


main()
