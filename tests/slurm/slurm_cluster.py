"""A SLURM cluster of two nodes on this machine, made of Debian's slurm-wlm and munge."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ["munged", "slurmctld", "slurmd", "sinfo", "sbatch", "srun", "scancel"]
LINK = Path("/etc/slurm/slurm.conf")
MEMORY = 64_000
"""MB that a node has on paper, so that what the demo asks at full scale finds room."""

SETTINGS = """\
ClusterName=causeway
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
GresTypes=gpu
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SlurmctldPort=16817
MinJobAge=300
KillWait=15
SlurmctldTimeout=30
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port=16821 {size}
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port=16822 {size}
PartitionName=main Nodes=ALL Default=YES MaxTime=7-0 State=UP
PartitionName=short Nodes=node1 MaxTime=5 State=UP
PartitionName=far Nodes=node2 MaxTime=7-0 State=UP
"""


class Cluster:
    """The daemons, in a folder of their own.

    Parameters
    ----------
    folder
        For their settings, state and logs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unshared = folder / "unshared"
        self._daemons: dict[str, subprocess.Popen] = {}

    def up(self) -> None:
        """Write the settings, start all daemons and wait until both nodes take jobs."""
        host = socket.gethostname().partition(".")[0]
        hosts = Path("/etc/hosts")
        if host not in hosts.read_text().split():
            hosts.write_text(f"{hosts.read_text()}127.0.0.1 {host}\n")
        for name in ("state", "spool", "unshared"):
            (self.folder / name).mkdir()
        for folder in (Path("/run/munge"), LINK.parent):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.chown("/run/munge", "munge", "munge")
        size = f"CPUs=8 RealMemory={MEMORY} Gres=gpu:2 State=UNKNOWN"
        settings = self.folder / "slurm.conf"
        settings.write_text(SETTINGS.format(host=host, folder=self.folder, size=size))
        # Devices that any machine has stand for GPUs.
        gpus = "NodeName=node[1-2] Name=gpu File=/dev/tty[0-1]\n"
        (self.folder / "gres.conf").write_text(gpus)
        # SLURM reads its settings there once a job has dropped the variables of its environment.
        for name in ("slurm.conf", "gres.conf"):
            LINK.with_name(name).unlink(missing_ok=True)
            LINK.with_name(name).symlink_to(self.folder / name)
        as_munge = ["setpriv", "--reuid=munge", "--regid=munge", "--clear-groups"]
        self._start("munged", [*as_munge, "munged", "--foreground"])
        trial = ["sh", "-c", "munge -n | unmunge"]
        _wait_for(lambda: subprocess.run(trial, **QUIET).returncode == 0)
        self._start("slurmctld", ["slurmctld", "-D", "-c"])
        self._start("node1", ["slurmd", "-D", "-N", "node1"])
        # The second node has something else at the place of the folder that is not shared.
        apart = f"mount -t tmpfs none {self.unshared} && exec slurmd -D -N node2"
        self._start("node2", ["unshare", "--mount", "sh", "-c", apart])
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the controller answers and counts on both nodes."""
        _wait_for(lambda: ask("sinfo", "-h", "-N", "-p", "main", "-o", "%T").split() == IDLE)

    def restart_controller(self) -> None:
        """End the controller at once and start it again from its saved state."""
        self._end("slurmctld")
        time.sleep(3)
        self._start("slurmctld", ["slurmctld", "-D"])
        _wait_for(lambda: ask("scontrol", "ping").endswith("is UP"))

    def down(self) -> None:
        """Cancel all jobs and end all daemons, the last one first."""
        with contextlib.suppress(OSError):
            subprocess.run(["scancel", "--user=root"], **QUIET)
            time.sleep(2)
        for name in reversed(list(self._daemons)):
            self._end(name)
        for name in ("slurm.conf", "gres.conf"):
            LINK.with_name(name).unlink(missing_ok=True)

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.out").open("a") as told:
            self._daemons[name] = subprocess.Popen(command, stdout=told, stderr=told)

    def _end(self, name: str) -> None:
        daemon = self._daemons.pop(name)
        daemon.terminate()
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def hindrance() -> str | None:
    """Why no cluster can be started here; extends the PATH by where daemons are."""
    os.environ["PATH"] += os.pathsep.join(["", "/usr/sbin", "/sbin"])
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"no SLURM here: {', '.join(absent)} (apt-get install slurm-wlm munge)"
    if os.geteuid() != 0:
        return "the daemons of SLURM are started by root"
    return f"this machine belongs to a cluster: {LINK} exists" if LINK.exists() else None


QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
IDLE = ["idle", "idle"]


def fill_in(profile: Path, folder: Path) -> Path:
    """Write a profile as a user of this cluster would; looks are frequent, to save time."""
    text = (profile / "config.yaml").read_text()
    looks = "slurm-init-seconds-before-status-checks"
    for placeholder, value in {
        "'PARTITION'": "'main'",
        "'ACCOUNT'": "'any'",
        f"{looks}: 20": f"{looks}: 2",
        "latency-wait: 60": "latency-wait: 10",
    }.items():
        assert placeholder in text
        text = text.replace(placeholder, value)
    (folder / "config.yaml").write_text(text + "seconds-between-status-checks: 2\n")
    return folder


def ask(*command: str) -> str:
    """What a program of SLURM prints, nothing while it has no answer."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _wait_for(ready, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, "SLURM did not start"
        time.sleep(0.2)
