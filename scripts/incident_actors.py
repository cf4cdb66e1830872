"""The services of the incidents' laboratory: each takes a little time of its own for a request, then asks those behind it. Driven by
lines of JSON on stdin, which change its figures; each is answered by one line.

    incident_actors.py service '{"calls": ["10.0.0.2"], "latency": 5}'      HTTP on 8080
    incident_actors.py load '{"to": "10.0.0.1", "rate": 40}'                 arrivals as Poisson counts them
    incident_actors.py names '{}'                                            DNS on 53
    incident_actors.py visitors '{"to": "10.0.0.1", "port": 80, "path": "/", "rate": 5, "brief": true}'     a connection each, or kept ones
    incident_actors.py sessions '{"to": "10.0.0.1", "port": 6379, "rate": 30}'                              redis: SET and GET"""

import asyncio, json, random, socket, struct, sys

state = {"calls": [], "latency": 5.0, "errors": 0.0, "retries": 0, "rate": 0, "to": None, "names": None, "silent": False, "dead": False,
    "port": 8080, "path": None, "brief": False}
PORT = 8080


class Pool:
    """Connections to one service, kept as long as they are good for fifty requests."""

    def __init__(self, to):
        self.to, self.idle = to, []

    async def get(self, path):
        reader, writer, left = self.idle.pop() if self.idle else (*await asyncio.wait_for(asyncio.open_connection(self.to, state["port"]), 3), 1 if state["brief"] else 50)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.to}\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
        except BaseException:
            writer.close()
            raise
        if left > 1:
            self.idle.append((reader, writer, left - 1))
        else:
            writer.close()
        return int(head.split()[1])


pools = {}
running = []


async def ask(to, path):
    """True where it answered well."""
    try:
        return await pools.setdefault(to, Pool(to)).get(path) < 500
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        return False


async def resolve(server):
    """One question, by a socket of its own as resolvers do; nobody waits long."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect((server, 53))
        name = b"".join(bytes([len(part)]) + part.encode() for part in ["payments", "shop", "svc", "cluster", "local"]) + b"\0"
        await loop.sock_sendall(asking, struct.pack("!HHHHHH", random.randrange(1 << 16), 0x0100, 1, 0, 0, 0) + name + b"\0\1\0\1")
        try:
            await asyncio.wait_for(loop.sock_recv(asking, 512), 0.5)
        except (OSError, asyncio.TimeoutError):
            pass


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1].decode()
            await asyncio.sleep(random.lognormvariate(0, 0.3) * state["latency"] / 1000)
            good = random.random() >= state["errors"]
            if state["names"]:
                await resolve(state["names"])
            for to in state["calls"]:
                for _ in range(1 + state["retries"]):
                    answered = await ask(to, path)
                    if answered:
                        break
                good = good and answered
            body = b"x" * 400
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 400\r\n\r\n" % (b"200 OK" if good else b"503 Unavailable") + body)
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def load():
    paths = ["/checkout", "/cart/7", "/products?q=1"]
    while True:
        await asyncio.sleep(random.expovariate(state["rate"]) if state["rate"] else 0.2)
        if state["rate"]:
            asyncio.ensure_future(ask(state["to"], state["path"] or random.choice(paths)))


async def sessions():
    """One connection, one question at a time, as a client's pool of one has it."""
    reader, writer = await asyncio.open_connection(state["to"], state["port"])
    while True:
        await asyncio.sleep(random.expovariate(state["rate"]))
        key = b"session:%d" % random.randrange(1000)
        words = [b"SET", key, b"x" * random.randrange(20, 400)] if random.random() < 0.3 else [b"GET", key]
        writer.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        head = await reader.readuntil(b"\r\n")
        if head[:1] == b"$" and int(head[1:]) >= 0:
            await reader.readexactly(int(head[1:]) + 2)


class Names(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, question, client):
        if not state["silent"]:
            self.transport.sendto(
                question[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + question[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\x0a\1\2\3", client)


async def obey():
    """Changes come on stdin; a dead service has no listener and no connection."""
    global server
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        before = state["dead"]
        state.update(json.loads(line))
        if state["dead"] and not before:
            server.close()
            for task in asyncio.all_tasks():
                if task.get_coro().__name__ == "serve":
                    task.cancel()
        elif before and not state["dead"]:
            server = await asyncio.start_server(serve, "0.0.0.0", PORT, backlog=1024)
        print("{}", flush=True)


async def main():
    global server
    kind = sys.argv[1]
    state.update(json.loads(sys.argv[2]))
    if kind == "service":
        server = await asyncio.start_server(serve, "0.0.0.0", PORT, backlog=1024)
    elif kind == "names":
        await asyncio.get_running_loop().create_datagram_endpoint(Names, local_addr=("0.0.0.0", 53))
    else:
        running.append(asyncio.ensure_future(sessions() if kind == "sessions" else load()))
    print("{}", flush=True)
    await obey()


asyncio.run(main())
