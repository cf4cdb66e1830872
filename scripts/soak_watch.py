"""podglass as the soak watches it: a stream of JSON whose latest interval is kept, a console on a terminal of its own, and what the
kernel says of a process over time, with slopes."""

import fcntl, json, os, pty, select, signal, struct, subprocess, termios, threading, time

from bench_tools import PROGRAM, held, precise_cpu_seconds, resident_bytes


class Watcher:
    """podglass, its JSON lines read by a thread; of the intervals the latest is kept."""

    def __init__(self, *arguments, command=(), limit=120, **options):
        self.process = subprocess.Popen(
            [*command, PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.pid = self.process.pid
        self.news = threading.Condition()
        self.lines, self.status, self.count, self.bytes, self.damaged = [], None, 0, 0, 0
        self.intervals, self.peaks, self.paused = [], {}, False
        self.statuses = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.wait(1, limit)

    def read(self):
        lines = []
        for line in self.process.stdout:
            self.bytes += len(line)
            if b'"type":"status"' not in line:
                lines.append(line)
                continue
            try:
                status = json.loads(line)
            except ValueError:
                self.damaged += 1
                continue
            with self.news:
                self.lines, self.status, self.count = lines, status, self.count + 1
                self.intervals.append((time.monotonic(), status["uptime_ns"], status["interval_ns"]))
                self.statuses = self.statuses[-120:] + [status]
                self.news.notify_all()
            lines = []
            while self.paused:
                time.sleep(0.02)
        with self.news:
            self.count = -1
            self.news.notify_all()

    def wait(self, intervals=2, limit=120):
        """Until so many more intervals have ended; two have begun and ended since whatever happened before."""
        with self.news:
            wanted = self.count + intervals
            if not self.news.wait_for(lambda: self.count < 0 or self.count >= wanted, limit):
                raise RuntimeError(f"podglass said nothing for {limit} s")
            if self.count < 0:
                raise RuntimeError(f"podglass ended: {self.errors() or self.process.wait()}")

    def errors(self):
        return self.process.stderr.read().decode().strip()

    def rows(self, kind):
        """The rows of the latest interval."""
        mark = f'"type":"{kind}"'.encode()
        return [json.loads(line) for line in self.lines if mark in line[:60]]

    def pods(self):
        return {row["pod"]: row for row in self.rows("pod") if row["pod"]}

    @property
    def lost(self):
        return {key: count for key, count in self.status["lost"].items() if count}

    def kinds(self):
        """How many rows of each kind the latest interval had."""
        found = {}
        for line in self.lines:
            # {"schema":"podglass/1","type":"pod", …
            kind = line[:60].split(b'"', 8)[7].decode()
            found[kind] = found.get(kind, 0) + 1
        return found

    def close(self, limit=10):
        """Its exit status."""
        self.paused = False
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.process.stdout.closed:
            self.close()


class Console:
    """The console on a terminal; `pace` is how many bytes a second its reader takes, None all, 0 none."""

    KEYS = [b"\t", b"\x1b[B", b"\x1b[B", b"s", b"/", b"pod~soak\r", b"\x1b", b"2", b"\r", b"\x1b", b"?", b"\x1b", b"4", b"p", b"p", b"1"]

    def __init__(self, *arguments, width=120, height=40, pace=None):
        self.pace, self.seen, self.tail, self.turn = pace, 0, b"", 0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LANG="C.UTF-8")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            os.execv(PROGRAM, [PROGRAM, "console", *arguments])
        self.ended = None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while True:
            if self.pace == 0:
                time.sleep(0.05)
                continue
            if not select.select([self.terminal], [], [], 0.2)[0]:
                if self.ended is not None:
                    return
                continue
            try:
                data = os.read(self.terminal, 1 << 16 if self.pace is None else 128)
            except OSError:
                return
            if not data:
                return
            self.seen += len(data)
            self.tail = (self.tail + data)[-200_000:]
            if self.pace:
                time.sleep(len(data) / self.pace)

    def press(self, keys):
        os.write(self.terminal, keys)

    def press_next(self):
        self.press(Console.KEYS[self.turn % len(Console.KEYS)])
        self.turn += 1

    def sees(self, text, limit=10):
        """Waits until a text has come; the seconds it took, or None."""
        began = time.monotonic()
        while time.monotonic() - began < limit:
            if text in self.tail:
                return time.monotonic() - began
            time.sleep(0.02)
        return None

    def is_alive(self):
        return self.ended is None and os.waitpid(self.pid, os.WNOHANG) == (0, 0)

    def close(self, limit=10):
        """Its exit status; -1 where it did not end by itself."""
        self.pace = None
        try:
            self.press(b"\x1b\x1bq")
        except OSError:
            pass
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.ended = os.waitstatus_to_exitcode(status)
                break
            time.sleep(0.05)
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.ended = -1
        self.reader.join(2)
        os.close(self.terminal)
        return self.ended


# A process over time.


def sample(pid):
    """Bytes of the process and of its maps, its descriptors, threads, CPU seconds."""
    with open(f"/proc/{pid}/status") as file:
        threads = next(int(line.split()[1]) for line in file if line.startswith("Threads:"))
    return {
        "resident": resident_bytes(pid), "maps": sum(int(facts["memlock"]) for facts in held(pid, "map_id").values()),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": threads, "cpu": precise_cpu_seconds(pid)}


def slope(points):
    """Of (seconds, value): least squares, a second."""
    count = len(points)
    if count < 2:
        return 0.0
    middle = sum(at for at, _ in points) / count, sum(value for _, value in points) / count
    spread = sum((at - middle[0]) ** 2 for at, _ in points)
    return sum((at - middle[0]) * (value - middle[1]) for at, value in points) / spread if spread else 0.0
