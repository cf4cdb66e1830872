"""A healthy node beside the incidents' shop: what is usual on one, and must never be flagged. nginx with brief and kept connections, large
files now and then, PostgreSQL under pgbench, redis, a job every minute that comes, asks and goes, and a load that swells and ebbs."""

import glob, math, os, shutil, subprocess, sys, threading, time

from soak_lab import Web

PAGE = "/item"


class Mixed:
    def __init__(self, lab, shop, service):
        self.lab, self.shop, self.service = lab, shop, service
        self.stopping = threading.Event()
        web = lab.pod("static", namespace="web")
        self.web = Web(web, files={"item": 20_000, "file": 20 << 20})
        self.clients = [
            service(lab, "visitors", "visitors", namespace="web", to=web.address, port=80, path=PAGE, rate=12, brief=True),
            service(lab, "mobile", "visitors", namespace="web", to=web.address, port=80, path=PAGE, rate=25),
            service(lab, "mirror", "visitors", namespace="web", to=web.address, port=80, path="/file", rate=0.08),
        ]
        self.servers = []
        self.postgres()
        self.redis()
        self.threads = [threading.Thread(target=body, daemon=True) for body in (self.tide, self.jobs)]
        for thread in self.threads:
            thread.start()

    def postgres(self):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        home, programs = f"{self.lab.directory}/postgres", os.path.dirname(programs[-1])
        os.makedirs(home)
        shutil.chown(home, "postgres")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": home}
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        subprocess.run([*as_user, programs + "/initdb", "-D", home + "/data", "-A", "trust", "-U", "shop"], check=True, **quiet)
        with open(home + "/data/pg_hba.conf", "a") as file:
            file.write("host all all 0.0.0.0/0 trust\n")
        pod, client = self.lab.pod("orders-db", namespace="web"), self.lab.pod("orders", namespace="web")
        self.servers.append(pod.start(
            [*as_user, programs + "/postgres", "-D", home + "/data", "-c", "listen_addresses=*", "-c", "fsync=off", "-k", home], **quiet))
        bench = [programs + "/pgbench", "-h", pod.address, "-U", "shop"]
        for _ in range(50):
            time.sleep(0.2)
            if client.start([*bench, "-i", "-s", "1", "postgres"], **quiet).wait() == 0:
                break
        else:
            raise RuntimeError("PostgreSQL did not start")
        self.servers.append(client.start([*bench, "-R", "12", "-c", "3", "-T", "100000", "postgres"], **quiet))

    def redis(self):
        pod = self.lab.pod("cache", namespace="web")
        self.servers.append(pod.start(
            ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL,
            cwd=self.lab.directory))
        time.sleep(1)
        self.clients.append(self.service(self.lab, "sessions", "sessions", namespace="web", to=pod.address, port=6379, rate=30))

    def tide(self):
        """A load that is a third more or less than its mean within ten minutes, as the hours of a day are within a day."""
        began = time.monotonic()
        while not self.stopping.wait(5):
            turn = math.sin(2 * math.pi * (time.monotonic() - began) / 600)
            self.shop.load.set(rate=40 * (1 + turn / 3))

    def jobs(self):
        """A pod a minute: a hundred requests, then it ends."""
        number = 0
        while not self.stopping.wait(60 if number else 20):
            number += 1
            job = self.service(self.lab, f"report-{29000000 + number}", "load", namespace="web", to=self.shop.front.pod.address, rate=10)
            self.stopping.wait(10)
            job.pod.remove()

    def close(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
