"""The soak's laboratory: pods made of network namespaces on a bridge of their own, with cgroups and log directories as a node of
Kubernetes has them, and the kernel's counts in each. Like Tests/LabSupport, for hours instead of seconds. What a killed run left
is swept by the next one; names carry this process's id."""

import json, os, re, secrets, shutil, signal, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "50a50a"


def run(*command, check=True, text=None):
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, input=text)
    if check and finished.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {finished.stderr.strip() or finished.returncode}")
    return finished.stdout


def cgroup_mount(controller=None):
    """Where the cgroup2 tree is mounted; or the tree of version 1 that has this controller."""
    with open("/proc/self/mountinfo") as file:
        for line in file:
            fields = line.split()
            kind = fields[fields.index("-") + 1]
            if fields[3] != "/" or not fields[4].startswith("/sys/fs/cgroup"):
                continue
            if controller is None and kind == "cgroup2" or kind == "cgroup" and controller in fields[-1].split(","):
                return fields[4]
    return None


class Laboratory:
    def __init__(self):
        self.mount = cgroup_mount()
        if not self.mount:
            raise SystemExit("soak: no cgroup2 tree is mounted")
        sweep(self.mount)
        self.name = f"pgsoak-{os.getpid()}"
        self.directory = tempfile.mkdtemp(prefix=self.name + "-")
        os.chmod(self.directory, 0o755)
        self.host_root = self.directory + "/node"
        for path in ["/var/log/pods", "/var/log/containers"]:
            os.makedirs(self.host_root + path)
        number = os.getpid() * 31 & 0xffff
        self.prefix = f"10.{number >> 8}.{number & 0xf8}."
        self.bridge = self.name + "-net"
        self.pods, self.made, self.slots = [], 0, {}
        run("ip", "netns", "add", self.bridge)
        run("ip", "-n", self.bridge, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", self.bridge, "link", "set", "br0", "up")

    def pod(self, name, namespace="soak", reuses=False):
        """`reuses` takes the lowest address that nobody has, as on a node; what went wrong with its former holder is then in `~other`,
        so who is compared gets a new one."""
        slots = range(1, 256) if reuses else range(256 + self.made, 2046)
        slot = next(number for number in slots if number not in self.slots)
        pod = Pod(self, name, namespace, slot)
        self.slots[slot] = pod
        self.pods.append(pod)
        self.made += 1
        return pod

    def close(self):
        for pod in list(self.pods):
            pod.remove()
        run("ip", "netns", "del", self.bridge, check=False)
        for path in ["kubepods.slice/kubepods-burstable.slice", "kubepods.slice"]:
            remove_directory(f"{self.mount}/{path}", tries=1)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Pod:
    """A pod with one container. Its name is unique on this machine, so that others' laboratories are not taken for it."""

    def __init__(self, lab, name, namespace, slot):
        self.lab, self.slot = lab, slot
        self.name = f"{name}-{os.getpid()}"
        first, second, third, _ = lab.prefix.split(".")
        self.address = f"{first}.{second}.{int(third) + (slot >> 8)}.{slot & 255}"
        self.netns = f"{lab.name}-{lab.made + 1}"
        self.actors, self.expected, self.dropped = [], None, 0
        self.container = secrets.token_hex(32)
        self.uid = f"{MARK}{lab.made & 0xff:02x}-{lab.made >> 8 & 0xffff:04x}-4000-8000-{os.getpid():012x}"
        slice = f"{lab.mount}/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{self.uid.replace('-', '_')}.slice"
        self.cgroup = f"{slice}/cri-containerd-{self.container}.scope"
        os.makedirs(self.cgroup)
        self.logs = f"{lab.host_root}/var/log/pods/{namespace}_{self.name}_{self.uid}"
        os.makedirs(self.logs + "/main")
        open(self.logs + "/main/0.log", "w").close()
        self.link = f"{lab.host_root}/var/log/containers/{self.name}_{namespace}_main-{self.container}.log"
        os.symlink(self.logs + "/main/0.log", self.link)
        port = f"p{slot}"
        run("sh", "-ec", f"""
            ip netns add {self.netns}
            ip -n {lab.bridge} link add {port} type veth peer name eth0 netns {self.netns}
            ip -n {lab.bridge} link set {port} master br0 up
            ip -n {self.netns} link set lo up
            ip -n {self.netns} link set eth0 up
            ip -n {self.netns} addr add {self.address}/21 dev eth0""")

    def start(self, command, **options):
        """Starts a program in this pod: the cgroup first, then the namespace."""
        join = 'echo $$ >"$0/cgroup.procs"; exec nsenter --net="$1" -- "${@:2}"'
        return subprocess.Popen(["bash", "-c", join, self.cgroup, f"/run/netns/{self.netns}", *command], **options)

    def actor(self, *words):
        actor = Actor(self, words)
        self.actors.append(actor)
        return actor

    def tool(self, *command, text=None, check=True):
        """In this pod's network only: no process of the pod."""
        return run("nsenter", f"--net=/run/netns/{self.netns}", "--", *command, text=text, check=check)

    def counters(self):
        """The network namespace's own: ActiveOpens, PassiveOpens, RetransSegs, OutRsts …"""
        text = self.tool("cat", "/proc/net/snmp", "/proc/net/netstat")
        found = {}
        lines = text.splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            kind = names.split(":")[0]
            for key, value in zip(names.split()[1:], values.split()[1:]):
                found[key if kind == "Tcp" else kind + key] = int(value)
        return found

    def sockets(self):
        """TCP sockets that are not settled: open, or still to be closed."""
        with subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self.netns}", "--", "ss", "-tanH"], stdout=subprocess.PIPE, text=True) as listed:
            return [line.split()[0] for line in listed.stdout if line.split()[0] not in ("LISTEN", "TIME-WAIT")]

    def firewall(self, *rules):
        """Replaces the rules on what arrives; the packets that the old ones dropped are kept: all, so they end before they are read."""
        self.tool("nft", "insert", "rule", "inet", "lab", "input", "accept", check=False)
        self.dropped += self.packets_of_firewall()
        chain = "chain input {\ntype filter hook input priority 0\n" + "\n".join(rules) + "\n}\n"
        self.tool("nft", "-f", "-", text="add table inet lab\ndelete table inet lab\ntable inet lab {\n" + chain + "}\n")

    def packets_of_firewall(self):
        finished = subprocess.run(
            ["nsenter", f"--net=/run/netns/{self.netns}", "--", "nft", "list", "table", "inet", "lab"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        return sum(map(int, re.findall(r"counter packets (\d+) .*drop", finished.stdout)))

    def dropped_packets(self):
        return self.dropped + self.packets_of_firewall()

    def kill(self):
        """Whatever runs in it, at once."""
        for _ in range(300):
            with open(self.cgroup + "/cgroup.procs") as file:
                processes = file.read().split()
            if not processes:
                break
            for process in processes:
                try:
                    os.kill(int(process), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        for actor in self.actors:
            actor.wait()
        self.actors = []

    def remove(self):
        if self not in self.lab.pods:
            return
        self.lab.pods.remove(self)
        self.kill()
        remove_directory(self.cgroup)
        remove_directory(os.path.dirname(self.cgroup))
        run("ip", "netns", "del", self.netns, check=False)
        # The device goes with the namespace, which the kernel takes down a moment later: the port's name is free then.
        run("ip", "-n", self.lab.bridge, "link", "del", f"p{self.slot}", check=False)
        shutil.rmtree(self.logs, ignore_errors=True)
        os.unlink(self.link)
        del self.lab.slots[self.slot]


class Actor:
    """One of soak_actors.py in a pod."""

    def __init__(self, pod, words):
        self.process = pod.start(
            [sys.executable, "-I", "-S", HERE + "/soak_actors.py", *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("a program of the laboratory ended early")
        return json.loads(line)

    def tell(self, *words):
        """Says it without waiting for the answer."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def __call__(self, *words):
        self.tell(*words)
        return self.answer()

    def work(self, name, kind, **options):
        return self("start", name, kind, json.dumps(options, separators=(",", ":")))

    def wait(self):
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Web:
    """nginx in a pod; its log is the truth about requests and bytes."""

    def __init__(self, pod, files={"small": 1024, "item": 20_000, "file": 1 << 20}):
        self.home = f"{pod.lab.directory}/{pod.name}"
        os.makedirs(self.home + "/pages")
        for name, size in files.items():
            with open(f"{self.home}/pages/{name}", "wb") as file:
                file.truncate(size)
        temporary = " ".join(f"{kind}_temp_path {self.home}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        with open(self.home + "/nginx.conf", "w") as file:
            file.write(f"""daemon off; user root; worker_processes 1; worker_rlimit_nofile 20000; pid {self.home}/pid;
                error_log {self.home}/error.log; events {{ worker_connections 8192; }}
                http {{ log_format bytes '$status $bytes_sent $request_length'; access_log {self.home}/access.log bytes; sendfile on;
                tcp_nopush on; {temporary} keepalive_requests 1000000; keepalive_timeout 3600s; lingering_close off;
                server {{ listen 80 backlog=4096; root {self.home}/pages; location /status/503 {{ return 503; }}
                location /routes/ {{ return 200 ok; }} }} }}""")
        self.process = pod.start(
            ["nginx", "-p", self.home, "-e", self.home + "/error.log", "-c", self.home + "/nginx.conf"], stderr=subprocess.DEVNULL)
        self.offset, self.requests, self.sent, self.received = 0, 0, 0, 0
        deadline = time.monotonic() + 10
        while "LISTEN" not in run("nsenter", f"--net=/run/netns/{pod.netns}", "--", "ss", "-tlnH"):
            if time.monotonic() > deadline:
                raise RuntimeError("nginx did not start")
            time.sleep(0.05)

    def read(self):
        """What the log says so far: requests, bytes sent, bytes received."""
        with open(self.home + "/access.log") as file:
            file.seek(self.offset)
            text = file.read()
        text = text[:text.rfind("\n") + 1]
        self.offset += len(text)
        for line in text.splitlines():
            _, sent, received = line.split()
            self.requests, self.sent, self.received = self.requests + 1, self.sent + int(sent), self.received + int(received)
        return self.requests, self.sent, self.received


def remove_directory(path, tries=100):
    for _ in range(tries):
        try:
            return os.rmdir(path)
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def sweep(mount):
    """Removes what a run left whose process is gone."""
    slices = f"{mount}/kubepods.slice/kubepods-burstable.slice"
    for name in os.listdir(slices) if os.path.isdir(slices) else []:
        if name.startswith("kubepods-burstable-pod" + MARK) and is_gone(int(name[:-6].rsplit("_", 1)[1], 16)):
            for scope in os.listdir(f"{slices}/{name}"):
                if not scope.endswith(".scope"):
                    continue
                with open(f"{slices}/{name}/{scope}/cgroup.procs") as file:
                    for process in file.read().split():
                        os.kill(int(process), signal.SIGKILL)
                remove_directory(f"{slices}/{name}/{scope}")
            remove_directory(f"{slices}/{name}")
    for directory, names in [("/run/netns", None), (tempfile.gettempdir(), None)]:
        for name in os.listdir(directory) if os.path.isdir(directory) else []:
            found = re.match(r"pgsoak-(\d+)-", name)
            if found and is_gone(int(found.group(1))):
                if directory == "/run/netns":
                    run("ip", "netns", "del", name, check=False)
                else:
                    shutil.rmtree(f"{directory}/{name}", ignore_errors=True)
