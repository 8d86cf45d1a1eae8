#!/usr/bin/env python3
"""Kills the whole driver, again and again: kill -9 of a sweep over all transports at random moments.

After each kill its processes must be gone; how soon they were is said. After the next start of ipcsort (clean, or the sweep taken
up again) nothing may be left of it: files in the runtime directory, names in /dev/shm, System V objects, POSIX queues.
Every tenth time the sweep is taken up to its end, and must then hold each planned run exactly once, with every row that
was there when it was killed still in its place.

    IPCSORT=build/release/ipcsort tests/kill_driver.py --kills 1000

Where it may, each job has mounts and System V objects of its own; otherwise what was there before is compared with what
is there afterwards, and there is one job. Exit status: 0 nothing was left, 1 something was, 2 wrong usage.
"""

import argparse
import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "cli"))
from support import HANG_LIMIT_S, PROGRAM, end_with_this_process, namespace, processes_of, rows_of  # noqa: E402

SWEEP = ("sweep", "--preset", "smoke", "--numbers", "50K", "--blocks", "5", "--references", "none", "--no-charts",
         "--output", "out")
GONE_WITHIN_S = 20
KILLS_PER_SWEEP = 10


def names_in(folder):
    with contextlib.suppress(OSError):
        return {f"{folder}/{name}" for name in os.listdir(folder)}
    return set()


def system_v_objects():
    """Kind, key and identifier of each; the first line of each list is its header."""
    found = set()
    for kind in ("shm", "sem", "msg"):
        with open(f"/proc/sysvipc/{kind}", encoding="ascii") as objects:
            found |= {" ".join([kind, *line.split()[:2]]) for line in list(objects)[1:]}
    return found


def adopt_orphans():
    """Processes whose parent was killed become children of this one (PR_SET_CHILD_SUBREAPER)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(36, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def collect_orphans():
    """True when some are left that have not ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        return False
    return True


class Job:
    """Sweeps in directories of their own, killed one after the other."""

    def __init__(self, root, own_world, seed):
        self.root = Path(root)
        self.out = self.root / "out"
        self.cache = self.root / "cache"
        self.runtime = self.root / "run"
        self.queues = "/dev/mqueue"
        self.chance = random.Random(seed)
        self.report = {"kills": 0, "sweeps_completed": 0, "gone_after_s_max": 0.0, "wrong": []}
        self.kept = ""  # the rows that were there when the sweep was killed last
        self.runtime.mkdir()
        if own_world:
            subprocess.run(["mount", "-t", "tmpfs", "none", "/dev/shm"], check=True)
            self.queues = str(self.root / "queues")
            os.mkdir(self.queues)
            if subprocess.run(["mount", "-t", "mqueue", "none", self.queues], capture_output=True).returncode != 0:
                self.queues = "/dev/mqueue"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IPCSORT")}
        self.environment = {**inherited, "LC_ALL": "C", "XDG_RUNTIME_DIR": str(self.runtime),
                            "XDG_CACHE_HOME": str(self.cache)}
        self.before = self.traces()
        begin = time.monotonic()
        self.finish("undisturbed")
        self.usual_s = time.monotonic() - begin
        self.usual_files = set(os.listdir(self.out))
        self.planned = json.loads((self.out / "meta.json").read_text())["plan"]["rows"]
        self.begin_anew()

    def wrong(self, text):
        self.report["wrong"].append(f"after {self.report['kills']} kills: {text}")

    def traces(self):
        return names_in("/dev/shm") | names_in(self.queues) | system_v_objects() | names_in(self.runtime / "ipcsort")

    def begin_anew(self):
        shutil.rmtree(self.out)
        self.kept = ""
        if self.chance.random() < 0.3:
            shutil.rmtree(self.cache)  # so that some are killed while they generate their numbers

    def start(self):
        return subprocess.Popen([PROGRAM, *SWEEP], cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def loop(self, kills):
        while self.report["kills"] < kills and len(self.report["wrong"]) < 20:
            if not self.kill_one():
                self.look_at_whole()
                self.begin_anew()
            elif self.report["kills"] % KILLS_PER_SWEEP == 0 or self.report["kills"] == kills:
                self.finish("taken up")
                self.look_at_whole()
                self.begin_anew()
            else:
                self.clean()
        return self.report

    def kill_one(self):
        """False when the sweep was over before its time had come."""
        sweep = self.start()
        time.sleep(self.chance.uniform(0, 1.5 * self.usual_s / KILLS_PER_SWEEP))
        if sweep.poll() is not None:
            said = sweep.communicate()[1]
            if sweep.returncode != 0:
                self.wrong(f"the sweep ended with status {sweep.returncode}: {said}")
            return False
        sweep.kill()
        begin = time.monotonic()
        sweep.wait()
        sweep.stderr.close()  # not communicate(): whatever was left behind would hold the pipe open
        # Its processes are our children now. One that has been collected has closed its files too; one whose
        # environment can no longer be read may still hold the lock of its object log.
        while collect_orphans():
            if time.monotonic() - begin > GONE_WITHIN_S:
                left = processes_of(str(self.root))
                self.wrong(f"processes {left} are still there after {GONE_WITHIN_S} s")
                for pid in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                os.waitpid(-1, 0)
            time.sleep(0.0005)
        gone_after_s = time.monotonic() - begin
        self.report["gone_after_s_max"] = max(self.report["gone_after_s_max"], gone_after_s)
        self.report["kills"] += 1
        self.look_at_rows()
        return True

    def look_at_rows(self):
        """What was recorded before the last kill is still there, and what this one cut off is no row."""
        runs = self.out / "runs.csv"
        text = runs.read_text() if runs.exists() else ""
        if not text.startswith(self.kept):
            self.wrong(f"rows were lost: {len(self.kept)} bytes of runs.csv are no longer what they were")
        self.kept = text[:text.rfind("\n") + 1]

    def finish(self, what):
        """The sweep to its end."""
        done = subprocess.run([PROGRAM, *SWEEP], cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=HANG_LIMIT_S)
        if done.returncode != 0:
            self.wrong(f"{what}, the sweep ended with status {done.returncode}: {done.stderr}")

    def clean(self):
        done = subprocess.run([PROGRAM, "clean"], env=self.environment, capture_output=True, text=True,
                              timeout=HANG_LIMIT_S)
        if done.returncode != 0:
            self.wrong(f"clean ended with status {done.returncode}: {done.stderr}")
        self.look_for_leftovers("clean")

    def look_for_leftovers(self, what):
        end = time.monotonic() + GONE_WITHIN_S
        # Without a world of our own, other programs' names come and go.
        while (left := self.traces() - self.before) and time.monotonic() < end:
            time.sleep(0.01)
        if left:
            self.wrong(f"left over after {what}: {', '.join(sorted(left))}")
            self.before |= left  # told once

    def look_at_whole(self):
        """After the end of a sweep that was killed before."""
        self.report["sweeps_completed"] += 1
        self.look_for_leftovers("the next sweep")
        self.look_at_rows()
        rows = rows_of(self.out / "runs.csv")
        seen = sorted(int(row["seq"]) for row in rows)
        if seen != list(range(self.planned)):
            self.wrong(f"{len(seen)} rows, {len(set(seen))} different, of {self.planned} planned")
        failed = [f"{row['transport']}: {row['error']}" for row in rows if row["status"] not in ("ok", "skipped")]
        if failed:
            self.wrong(f"{len(failed)} rows are not ok, the first: {failed[0]}")
        extra = set(os.listdir(self.out)) ^ self.usual_files
        if extra:
            self.wrong(f"files of the result that are usually not there, or missing: {', '.join(sorted(extra))}")
        unfinished = [path.name for path in self.cache.glob("ipcsort/.*")]
        if unfinished:
            self.wrong(f"left over in the cache: {', '.join(unfinished)}")


def inside(options):
    """One job; its report goes to standard output."""
    mark = f"ipcsort-kills-{os.getpid()}-"
    end_with_this_process(mark)
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix=mark, dir="/tmp") as root:
        job = Job(root, options.inside == "own", options.seed)
        try:
            report = job.loop(options.kills)
        finally:
            if job.queues != "/dev/mqueue":
                subprocess.run(["umount", job.queues], check=False)
    print(json.dumps(report))
    return 0


def share(kills, jobs):
    return [kills // jobs + (job < kills % jobs) for job in range(jobs)]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=20, help="so many, over all jobs (default %(default)s)")
    options.add_argument("--jobs", type=int, default=2, help="so many at a time (default %(default)s)")
    options.add_argument("--seed", type=int, default=None, help="of the moments; drawn when not given")
    options.add_argument("--inside", choices=("own", "shared"), help=argparse.SUPPRESS)
    options = options.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(2**32)
    if options.inside:
        return inside(options)

    words, why_not = namespace()
    jobs = max(1, min(options.jobs, options.kills)) if words else 1
    if not words:
        print(f"kill_driver: no namespaces of its own ({why_not}); before is compared with after", file=sys.stderr)
    print(f"seed {options.seed}", flush=True)
    running = [subprocess.Popen([*(words or []), sys.executable, __file__, "--inside", "own" if words else "shared",
                                 "--kills", str(kills), "--seed", str(options.seed + job)],
                                stdout=subprocess.PIPE, text=True)
               for job, kills in enumerate(share(options.kills, jobs))]
    said = [job.communicate()[0] for job in running]
    if any(job.returncode != 0 for job in running):
        print("kill_driver: a job failed", file=sys.stderr)
        return 1
    reports = [json.loads(text) for text in said]
    wrong = [text for report in reports for text in report["wrong"]]
    print(f"{sum(report['kills'] for report in reports)} kills of the driver; all processes were gone after at most "
          f"{1000 * max(report['gone_after_s_max'] for report in reports):.0f} ms; "
          f"{sum(report['sweeps_completed'] for report in reports)} sweeps taken up to their end; "
          f"{len(wrong)} things wrong")
    for text in wrong:
        print(f"  {text}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
