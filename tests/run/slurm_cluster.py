"""A Slurm of two nodes on this machine for a test: munged, slurmctld and a slurmd per node, in a
folder, on ports of its own, as the user who runs the test. Nothing of the system is touched.

As a program: waits for the end of its input, ends all processes of a folder and removes it.
"""

import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

NODES = ("node1", "node2")
DAEMONS = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"

CONFIGURATION = """
ClusterName=rfmap
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
TmpFS={folder}/%n
KillWait=5
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName={nodes[0]} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=4 State=UNKNOWN
NodeName={nodes[1]} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=4 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def is_free(port):
    with socket.socket() as one:
        try:
            one.bind(("", port))
        except OSError:
            return False
    return True


def free_ports(count):
    """Below those that the kernel gives to clients, and others than those of a test that starts at
    the same time."""
    for turn in itertools.count(os.getpid()):
        ports = [20000 + (turn * count + i) % 12000 for i in range(count)]
        if all(map(is_free, ports)):
            return ports


def processes_of(folder):
    """Process numbers whose environment or command names the folder."""
    if not os.path.isabs(folder):  # an empty one would be in every environment
        raise ValueError(f"not the path of a folder: {folder}")
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in text and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def end_all(folder):
    """Ends what names the folder, and removes it; the processes that stay."""
    end = time.monotonic() + 10
    while (left := processes_of(folder)) and time.monotonic() < end:
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    shutil.rmtree(folder)
    return left


class Cluster:
    def __init__(self):
        # A short name: the socket's path has 107 characters at most.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rfmap-slurm-"))
        self.folder.chmod(0o755)  # munged refuses a folder that clients could not enter
        self.daemons = []
        own = ("SLURM", "SBATCH", "SRUN", "SQUEUE", "PMI", "OMPI")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        self.environment |= {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": DAEMONS}

    def start(self):
        # Cleans up also where this process is killed: nobody's child, so that who kills a test
        # with its children does not kill it.
        self.keeper = subprocess.Popen(
            ["setsid", "--fork", sys.executable, "-B", __file__, self.folder], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.configure()
        self.daemon("munged", "--foreground", f"--key-file={self.folder}/key",
                    f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munged.pid",
                    f"--log-file={self.folder}/munged.log", f"--seed-file={self.folder}/seed")
        self.wait_until((self.folder / "munge.socket").exists, "munged gives no socket")
        self.daemon("slurmctld", "-D")
        for node in NODES:
            self.daemon("slurmd", "-D", "-N", node)
        self.wait_until(self.is_ready, "the nodes do not become idle")

    def is_ready(self):
        ended = [daemon.args[0] for daemon in self.daemons if daemon.poll() is not None]
        if ended:
            raise RuntimeError(f"{ended} ended at once\n{self.logs()}")
        return self.ask("sinfo", "-h", "-o", "%T %D") == "idle 2\n"

    def configure(self):
        key = self.folder / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        for name in ("state", *NODES):
            (self.folder / name).mkdir()
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            folder=self.folder, host=socket.gethostname().split(".")[0], ports=free_ports(3),
            user=subprocess.check_output(["id", "-un"], text=True).strip(), nodes=NODES))

    def daemon(self, name, *args):
        program = shutil.which(name, path=DAEMONS)
        if not program:
            raise FileNotFoundError(f"{name} is not installed (scripts/setup --tests)")
        with open(self.folder / f"{name}.out", "ab") as out:
            self.daemons.append(subprocess.Popen([program, *args], env=self.environment,
                                                 stdin=subprocess.DEVNULL, stdout=out, stderr=out))

    def stop(self):
        left, _ = self.keeper.communicate()
        for daemon in self.daemons:
            daemon.wait()
        if left:
            raise RuntimeError(f"processes of the test's Slurm are left over: {left}")

    def wait_until(self, condition, complaint, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{complaint} within {seconds} s\n{self.logs()}")
            time.sleep(0.05)

    def logs(self):
        paths = sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*.out"))
        return "\n".join(f"{p.name}:\n{p.read_text(errors='replace')[-3000:]}" for p in paths)

    def ask(self, *command, **options):
        """Output of one of Slurm's commands; empty where it fails."""
        return self.run(*command, **options).stdout

    def run(self, *command, cwd=None, **variables):
        return subprocess.run([*map(str, command)], env=self.environment | variables, cwd=cwd,
                              capture_output=True, text=True, timeout=60)

    def submit(self, *args, cwd, **variables):
        """Number of the job. Its output is job-NUMBER.out in CWD."""
        answer = self.run("sbatch", "--parsable", "--output=job-%A.%a.out", *args, cwd=cwd,
                          **variables)
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr)
        return answer.stdout.strip()

    def jobs(self, number):
        """What scontrol says of a job, or of all tasks of an array."""
        lines = self.ask("scontrol", "-o", "show", "job", number).splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]

    def states(self, number):
        return sorted(job.get("JobState", "") for job in self.jobs(number))


if __name__ == "__main__":
    sys.stdin.read()
    print(*end_all(sys.argv[1]), end="")
