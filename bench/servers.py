# SPDX-License-Identifier: Apache-2.0
"""servers - the processes that are measured: how each is set up, started on chosen cores, and stopped by its own pid."""
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time

import targets

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    target = None   # targets.Target; None: no identity server
    probe = "/"     # answers 200 when ready
    warm = 1        # seconds of load before a scenario is measured

    def __init__(self, work):
        self.name = self.target.name if self.target else type(self).__name__.lower()
        self.dir = os.path.join(work, self.name)
        self.port = free_port()
        self.process = None
        self.prepared = {}   # sessions, tokens: see measure.py

    def set_up(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir, mode=0o700)

    def command(self):
        raise NotImplementedError

    def start(self, cores, patience=30):
        """Milliseconds from exec to the first 200."""
        began = time.monotonic()
        with open(os.path.join(self.dir, "out.log"), "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                                            env={**os.environ, "NODE_ENV": "production", "TZ": "UTC"}, start_new_session=True,
                                            preexec_fn=lambda: os.sched_setaffinity(0, cores))
        while time.monotonic() - began < patience:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended at once; see {self.dir}/out.log")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", self.probe)
                if connection.getresponse().status == 200:
                    return (time.monotonic() - began) * 1000
            except OSError:
                pass
            time.sleep(0.001)
        self.stop()
        raise RuntimeError(f"{self.name} does not answer; see {self.dir}/out.log")

    def stop(self):
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)   # its own session: only what it started
            self.process.wait(5)
        self.process = None


class Yimen(Server):
    """The daemon as bench/yimen.yaml.in configures it. `binary`, `threads` and `sync` are set by bench/run."""
    target = targets.YIMEN
    probe = "/readyz"
    binary = os.path.join(ROOT, "build", "yimen")
    threads, sync = 1, True
    # Commands that make the accounts, run once after set_up; {yimen} and {config} are filled in.
    SEED = [["sh", "-c", "echo Demo@1234 | {yimen} account add --config {config} --login zhangsan --password-file -"]]

    def __init__(self, work, name="yimen", **settings):
        super().__init__(work)
        self.name, self.dir = name, os.path.join(work, name)
        for key, value in settings.items():
            setattr(self, key, value)

    def config(self):
        return os.path.join(self.dir, "yimen.yaml")

    def set_up(self):
        super().set_up()
        self.configure()
        for words in self.SEED:
            subprocess.run([w.format(yimen=self.binary, config=self.config()) for w in words], check=True, timeout=60, cwd=ROOT,
                           stdout=subprocess.DEVNULL)

    def configure(self):
        with open(os.path.join(HERE, "yimen.yaml.in")) as f:
            text = f.read()
        for key, value in {"PORT": self.port, "DATA": os.path.join(self.dir, "data"), "THREADS": self.threads,
                           "SYNC": str(self.sync).lower()}.items():
            text = text.replace(f"@{key}@", str(value))
        with open(self.config(), "w") as f:
            f.write(text)

    def command(self):
        return [self.binary, "serve", "--config", self.config()]

    def data_bytes(self):
        """What the store takes on the disk (its map is sparse)."""
        return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, files in os.walk(os.path.join(self.dir, "data")) for f in files)

    def import_people(self, n, path):
        with open(path, "w") as f:
            f.write("kind,legacy_id,login_name,user_type,name,phone\n")
            f.writelines(f"individual,{i},bench{i},natural,测试{i},{13000000000 + i}\n" for i in range(n))
        subprocess.run([self.binary, "legacy", "import", "--source", "bench", "--config", self.config(), path], check=True, timeout=3600,
                       cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.unlink(path)


class OidcProvider(Server):
    target = targets.OIDC_PROVIDER
    probe = targets.OIDC_PROVIDER.discovery
    warm = 3   # until its code is compiled

    def command(self):
        return ["node", os.path.join(HERE, "peers", "oidc-provider.mjs"), str(self.port)]

    @staticmethod
    def is_there():
        return bool(shutil.which("node")) and os.path.isdir(os.path.join(HERE, "peers", "node_modules"))


class Glewlwyd(Server):
    target = targets.GLEWLWYD
    probe = targets.GLEWLWYD.jwks

    def set_up(self):
        super().set_up()
        subprocess.run([os.path.join(HERE, "peers", "glewlwyd.sh"), "setup", self.dir, str(self.port)], check=True, timeout=60)

    def command(self):
        return [os.path.join(HERE, "peers", "glewlwyd.sh"), "run", self.dir]

    @staticmethod
    def is_there():
        return all(map(shutil.which, ("glewlwyd", "sqlite3", "openssl", "curl")))


class Bare(Server):
    """The bare libmicrohttpd form POST: t_http."""
    probe = "/"

    def __init__(self, work, limits):
        super().__init__(work)
        self.limits = limits

    def command(self):
        return [self.limits, "serve", str(self.port)]


class Nginx(Server):
    """`return 200` of given bytes: what a static answer can cost at best."""
    probe = "/static"

    def __init__(self, work, body):
        super().__init__(work)
        self.body = body

    def set_up(self):
        super().set_up()
        text = self.body.replace("\\", "\\\\").replace("'", "\\'").replace("$", "")
        with open(os.path.join(self.dir, "nginx.conf"), "w") as f:
            f.write(f"""daemon off; worker_processes 1; pid {self.dir}/pid; error_log {self.dir}/error.log;
events {{ worker_connections 2048; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {self.dir}/t1; proxy_temp_path {self.dir}/t2;
fastcgi_temp_path {self.dir}/t3; uwsgi_temp_path {self.dir}/t4; scgi_temp_path {self.dir}/t5; default_type application/json;
server {{ listen 127.0.0.1:{self.port}; location / {{ return 200 '{text}'; }} }} }}
""")

    def command(self):
        return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", os.path.join(self.dir, "nginx.conf"), "-p", self.dir]
