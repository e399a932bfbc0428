"""The job scripts of scripts/slurm in a Slurm of two nodes that the test starts: results are those
of one process, whatever stopped the jobs. Needs h5py (RFMAP_PYTHON) and Slurm.
"""

import os
import pathlib
import subprocess
import sys
import time
import unittest

from killed_test import contents
from rfmap_case import RFMAP, ROOT
from shards_test import Shards
from slurm_cluster import Cluster, processes_of

SCRIPTS = ROOT / "scripts/slurm"
ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}
SMALL = ("--cpus-per-task=1", "--mem-per-cpu=0")


class Jobs(Shards):
    """The cluster, one for all tests of a class, and jobs that run the program under test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.environment["PATH"] = f"{os.path.dirname(RFMAP)}:{cls.cluster.environment['PATH']}"
        cls.cluster.start()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.cancel_all)

    def cancel_all(self):
        self.cluster.ask("scancel", "--full", "--partition=main")
        self.cluster.wait_until(lambda: not self.cluster.ask("squeue", "-h"), "jobs do not end")

    def submit(self, script, *args, options=(), **variables):
        return self.cluster.submit(*SMALL, *options, SCRIPTS / script, *args, cwd=self.folder,
                                   **variables)

    def submit_estimate(self, *options, variables=None, **changes):
        """The script gives --resume, --threads and --shard."""
        args = self.command(resume=None, threads=None, quiet=None, **changes)[1:]
        return self.submit("estimate.sh", *args, options=options, **variables or {})

    def submit_merge(self, after):
        return self.submit("merge.sh", self.out, options=[f"--dependency=afterok:{after}"])

    def output(self, job):
        return "".join(path.read_text() for path in sorted(self.folder.glob(f"job-{job}.*.out")))

    def wait_for(self, job, condition, complaint):
        try:
            self.cluster.wait_until(condition, complaint, 120)
        except TimeoutError as error:
            self.fail(f"{error}\n{self.cluster.jobs(job)}\n{self.output(job)}")

    def assert_ends(self, job, *states, code="0:0"):
        """States of a job, or of all tasks of an array, at their end."""
        self.wait_for(job, lambda: set(self.cluster.states(job)) <= ENDED, "the job does not end")
        self.assertEqual(self.cluster.states(job), sorted(states), self.output(job))
        self.assertEqual({one["ExitCode"] for one in self.cluster.jobs(job)}, {code})

    def await_maps(self, job):
        self.wait_for(job, lambda: list(self.parts.glob("maps-*.part")), "the job does not measure")

    def warn(self, job):
        """As Slurm does before the time limit, once the job measures."""
        self.await_maps(job)
        self.cluster.run("scancel", "--signal=USR1", job)

    def assert_requeued(self, job):
        """Slurm waits two minutes before it starts a requeued job; the test does not."""
        def requeued():
            return [j["JobId"] for j in self.cluster.jobs(job)
                    if j["JobState"] == "PENDING" and j["Restarts"] == "1"]
        self.wait_for(job, requeued, "the job is not requeued")
        for one in requeued():
            # Slurm does not start a job again in the second in which it ended.
            answer = self.cluster.run("scontrol", "update", f"jobid={one}", "StartTime=now+2")
            self.assertEqual(answer.returncode, 0, answer.stderr)


class Array(Jobs):
    def test_shards_and_a_dependent_merge_give_the_file_of_one_process(self):
        wanted = self.undisturbed()
        shards = self.submit_estimate("--array=1-3")
        merge = self.submit_merge(shards)
        self.assert_ends(merge, "COMPLETED")
        self.assert_ends(shards, *3 * ["COMPLETED"])
        self.assert_merged(wanted)

    def test_two_arrays_where_one_shard_runs_at_a_time(self):
        """The first scans, the second measures; it starts whatever became of the first."""
        wanted = self.undisturbed()
        scan = self.submit_estimate("--array=1-3%1", wait=0, variables={"RFMAP_RESTARTS": "0"})
        shards = self.submit_estimate("--array=1-3%1", f"--dependency=afterany:{scan}", wait=0)
        merge = self.submit_merge(shards)
        self.assert_ends(merge, "COMPLETED")
        self.assertEqual(self.cluster.states(scan), ["COMPLETED", "FAILED", "FAILED"])
        self.assert_merged(wanted)

    def test_a_merge_does_not_start_where_a_shard_fails(self):
        self.model.write_bytes(b"no network")
        shards = self.submit_estimate("--array=1-2")
        merge = self.submit_merge(shards)
        self.assert_ends(shards, "FAILED", "FAILED", code="3:0")
        self.assert_ends(merge, "CANCELLED")
        self.assertIn("net.onnx", self.output(shards))
        self.assertEqual(self.output(merge), "")
        self.assertFalse(self.out.exists())


class Requeue(Jobs):
    def test_a_warned_job_is_requeued_and_resumes(self):
        wanted = self.undisturbed(**self.LONG)
        job = self.submit_estimate(**self.LONG)
        self.warn(job)
        self.assert_requeued(job)
        self.assert_ends(job, "COMPLETED")
        self.assertIn("interrupted", self.output(job))
        self.assertRegex(self.output(job), r"resumed: \d+ of \d+ pairs")
        self.assertEqual(contents(self.out), wanted)

    def test_not_more_often_than_allowed(self):
        job = self.submit_estimate(variables={"RFMAP_RESTARTS": "0"}, **self.LONG)
        self.warn(job)
        self.assert_ends(job, "FAILED", code="130:0")
        self.assertTrue(list(self.parts.glob("maps-*.h5")))

    def test_a_cancelled_job_is_not_requeued(self):
        job = self.submit_estimate(**self.LONG)
        self.await_maps(job)
        self.cluster.run("scancel", job)
        self.assert_ends(job, "CANCELLED", code="0:15")
        time.sleep(1)
        self.assertEqual(self.cluster.states(job), ["CANCELLED"])

    def test_skipped_images_are_exit_code_4_and_no_restart(self):
        (self.images / "image0007.png").unlink()
        (self.images / "image0007.png").write_bytes(b"no picture")
        job = self.submit_estimate()
        self.assert_ends(job, "FAILED", code="4:0")
        self.assert_whole(self.out)


class TimeLimit(Jobs):
    def test_slurms_own_warning_before_a_limit_of_a_minute(self):
        """One shard runs at a time. The first waits for the second, which can only start when
        Slurm's warning, some 10 to 40 s after the start, has sent the first back to the queue."""
        wanted = self.undisturbed()
        started = time.monotonic()
        shards = self.submit_estimate("--array=1-2%1", "--time=1", "--signal=USR1@20")
        merge = self.submit_merge(shards)
        self.assert_requeued(shards)
        self.assertGreater(time.monotonic() - started, 5)
        self.assert_ends(merge, "COMPLETED")
        self.assertIn("interrupted while waiting for other shards", self.output(shards))
        self.assert_merged(wanted)


class Ranks(Jobs):
    """MPI ranks on two nodes, by TCP; only where the program has MPI."""

    def submit_ranks(self, **changes):
        return self.submit_estimate("--nodes=2", "--ntasks-per-node=1",
                                    variables={"SLURM_MPI_TYPE": "pmix"}, **changes)

    def test_ranks_give_the_file_of_one_process(self):
        wanted = self.undisturbed()
        job = self.submit_ranks()
        self.assert_ends(job, "COMPLETED")
        self.assertEqual(self.cluster.jobs(job)[0]["NumNodes"], "2")
        self.assertIn("2 ranks, 1 of them on this machine", self.output(job))
        self.assert_merged(wanted)

    def test_warned_ranks_are_requeued_and_resume(self):
        wanted = self.undisturbed(**self.LONG)
        job = self.submit_ranks(**self.LONG)
        self.warn(job)
        self.assert_requeued(job)
        self.assert_ends(job, "COMPLETED")
        self.assertRegex(self.output(job), r"resumed: \d+ of \d+ pairs")
        self.assert_merged(wanted)


class Cleanup(unittest.TestCase):
    """Nothing is left of the cluster and its jobs."""

    SCRIPT = """
import sys
from slurm_cluster import Cluster
cluster = Cluster()
cluster.start()
job = cluster.submit("--wrap=srun sleep 60", cwd=cluster.folder)
step = job + ".0"
cluster.wait_until(lambda: step in cluster.ask("squeue", "-h", "-s", "-o", "%i"), "no step starts")
print(cluster.folder, flush=True)
sys.stdin.read()
cluster.stop()
"""

    def start(self):
        return subprocess.Popen([sys.executable, "-B", "-c", self.SCRIPT], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                cwd=pathlib.Path(__file__).parent)

    def assert_gone_after(self, end):
        with self.start() as run:
            folder = run.stdout.readline().strip()
            self.assertGreater(len(processes_of(folder)), 8)  # 4 daemons, the keeper, the job
            end(run)
        limit = time.monotonic() + 20
        while (os.path.exists(folder) or processes_of(folder)) and time.monotonic() < limit:
            time.sleep(0.05)
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(processes_of(folder), [])

    def test_after_an_orderly_end(self):
        self.assert_gone_after(lambda run: run.stdin.close())

    def test_after_a_kill(self):
        self.assert_gone_after(lambda run: run.kill())


if __name__ == "__main__":
    unittest.main()
