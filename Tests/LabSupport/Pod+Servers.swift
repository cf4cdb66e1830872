// HTTP servers in Python, for what nginx does not do: slow ones, busy ones, ones that take anything, that upgrade, that answer
// too early, that never say how long an answer is.

extension Pod {
    /// How a server of ours treats its clients.
    package enum Manner: String, Sendable {
        /// A thread for each connection; sleeps before each answer.
        case sleepy
        /// One thread for all: a request waits for all that came before it.
        case busy
        /// Answers 101 to the first request; then echoes bytes.
        case upgrading
        /// Answers as soon as the head has come; reads the body afterwards.
        case hasty
        /// An answer without a length, which ends with the connection.
        case unmeasured
        /// Reads and never answers.
        case silent
    }

    /// Takes any head that ends with an empty line, of any length, and bodies by Content-Length. `milliseconds`: how long an
    /// answer takes. Listens on every address of both families.
    @discardableResult
    package func serve(_ manner: Manner, port: Int, milliseconds: Int = 0) async throws -> Program {
        let program = try start(["python3", "-u", "-c", Pod.server, manner.rawValue, "\(port)", "\(milliseconds)"])
        try await program.says("ready")
        return program
    }

    /// For `Host.python`: the same server outside of every pod.
    package static func serverSource(_ manner: Manner, port: Int, milliseconds: Int = 0) -> String {
        "import sys\nsys.argv = ['', '\(manner.rawValue)', '\(port)', '\(milliseconds)']\n" + server
    }

    private static let server = #"""
        import selectors, socket, sys, threading, time
        manner, port, delay = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) / 1000
        listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=512)
        class Connection:
            def __init__(self, peer):
                self.peer, self.rest = peer, b""
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            def more(self):
                chunk = self.peer.recv(1 << 18)
                self.rest += chunk
                return bool(chunk)
            def head(self):
                while b"\r\n\r\n" not in self.rest:
                    if not self.more(): return None
                head, self.rest = self.rest.split(b"\r\n\r\n", 1)
                return head
            def body(self, head):
                left = 0
                for line in head.split(b"\r\n")[1:]:
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length": left = int(value)
                while len(self.rest) < left:
                    if not self.more(): return
                self.rest = self.rest[left:]
            def turn(self):
                """One request and its answer; False at the end."""
                head = self.head()
                if head is None: return False
                if manner == "silent":
                    while self.more(): pass
                    return False
                if manner == "upgrading":
                    self.peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
                    while True:
                        if self.rest: self.peer.sendall(self.rest)
                        self.rest = b""
                        if not self.more(): return False
                if manner != "hasty": self.body(head)
                time.sleep(delay)
                if manner == "unmeasured":
                    self.peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                    for _ in range(3):
                        time.sleep(0.02)
                        self.peer.sendall(b"HTTP/1.1 500 no status line\r\n\r\n")
                    return False
                self.peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
                if manner == "hasty": self.body(head)
                return True
            def serve(self):
                try:
                    while self.turn(): pass
                except OSError:
                    pass
                self.peer.close()
        print("ready")
        if manner == "busy":
            chosen = selectors.DefaultSelector()
            chosen.register(listener, selectors.EVENT_READ)
            while True:
                for key, _ in chosen.select():
                    if key.fileobj is listener:
                        peer, _ = listener.accept()
                        chosen.register(peer, selectors.EVENT_READ, Connection(peer))
                    elif not key.data.turn():
                        chosen.unregister(key.fileobj)
                        key.fileobj.close()
        else:
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=Connection(peer).serve, daemon=True).start()
        """#
}
