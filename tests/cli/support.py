"""What the command line tests share: the program in a world of its own, with a hang limit.

Every test has its own working, runtime and cache directory below one temporary directory, so tests may run at the same
time, and a process of a test is known by that directory in its environment.
"""

import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GOLDEN = ROOT / "tests" / "golden"
HANG_LIMIT_S = 300  # of what takes seconds at most, also beside others that use all CPUs

PROGRAM = os.environ.get("IPCSORT", "")
if not os.access(PROGRAM, os.X_OK):
    raise SystemExit("The environment variable IPCSORT must name the ipcsort program to test.")
PROGRAM = os.path.abspath(PROGRAM)
PYTHON_CHOSEN = {name: os.environ[name] for name in ("IPCSORT_PYTHON",) if os.environ.get(name)}  # to draw with


def end_with_this_process(mark):
    """Whatever way this process ends, also by SIGKILL, those with `mark` in their environment end, too, and directories
    of /tmp whose names begin with it go."""
    watched, held = os.pipe()
    if os.fork() > 0:
        os.close(watched)
        os.wait()
        return  # `held` stays open for as long as this process lives
    os.setsid()
    if os.fork() == 0:  # whoever ends this process and its children does not find that one
        os.close(held)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nowhere, fd)
        os.read(watched, 1)  # the end of the file, when the other end is closed
        while left := processes_of(mark):
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for path in Path("/tmp").glob(mark + "*"):
            shutil.rmtree(path, ignore_errors=True)
    os._exit(0)


def processes_of(mark, name=None):
    """The processes, zombies aside, that have `mark` in their environment; with `name`, those of that name."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and mark.encode() in Path("/proc", entry, "environ").read_bytes() and \
                    name in (None, Path("/proc", entry, "comm").read_text().rstrip("\n")):
                found.append(int(entry))
        except OSError:
            continue  # gone in the meantime, or not ours
    return found


def running(mark):
    """Those of the processes of a test that are ipcsort."""
    found = []
    for pid in processes_of(mark):
        try:
            if os.readlink(f"/proc/{pid}/exe") == os.path.realpath(PROGRAM):
                found.append(pid)
        except OSError:
            continue
    return found


def parent_of(pid):
    """None for a process that has gone in the meantime."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except OSError:
        return None


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def namespace():
    """The words that run a command with its own mounts and System V objects, or why that cannot be had."""
    why = ""
    for words in (["unshare", "--mount", "--ipc"], ["unshare", "--map-root-user", "--mount", "--ipc"]):
        try:
            tried = subprocess.run([*words, "mount", "-t", "tmpfs", "none", "/dev/shm"], text=True,
                                   capture_output=True, timeout=HANG_LIMIT_S)
        except FileNotFoundError:
            return None, "there is no unshare(1)"
        if tried.returncode == 0:
            return words, ""
        why = tried.stderr.strip()
    return None, why


def list_fonts_once():
    """For a module that draws: Matplotlib makes its list of fonts, and says so when that takes long, before the tests."""
    folder = tempfile.TemporaryDirectory(prefix=MARK, dir="/tmp")
    unittest.addModuleCleanup(folder.cleanup)
    os.environ["MPLCONFIGDIR"] = folder.name
    for python in PYTHON_CHOSEN.values() or ("/usr/bin/python3", "python3"):
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run([python, "-c", "import matplotlib.font_manager"], capture_output=True).returncode == 0:
                return


MARK = f"ipcsort-cli-{os.getpid()}-"  # in the paths of each test of this process
end_with_this_process(MARK)


class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        # Socket paths must be short, so not below a TMPDIR of any length.
        folder = tempfile.TemporaryDirectory(prefix=MARK, dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.work = self.root / "work"
        self.runtime = self.root / "run"
        for path in (self.work, self.runtime):
            path.mkdir()
        self.addCleanup(self._nothing_left)

    def _nothing_left(self):
        left = processes_of(str(self.root))
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, [], "processes of this test are still there")
        logs = [path.read_text() for path in self.runtime.glob("ipcsort/*") if path.is_file()]
        self.assertEqual(logs, [], "the log of a run is still there")

    def environment(self, **extra):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IPCSORT")
                     and name not in ("COLUMNS", "NO_COLOR", "CLICOLOR_FORCE")}
        return {**inherited, "LC_ALL": "C", "XDG_RUNTIME_DIR": str(self.runtime),
                "XDG_CACHE_HOME": str(self.root / "cache"), **extra}

    def start(self, *words, program=PROGRAM, **environment):
        """A running ipcsort, killed at the end of the test if need be."""
        process = subprocess.Popen([program, *map(str, words)], cwd=self.work, env=self.environment(**environment),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()  # not communicate(): processes left behind would hold the pipes open
        process.stderr.close()

    def run_program(self, *words, code=0, program=PROGRAM, **environment):
        """Runs it to its end, which must come with status `code`."""
        done = subprocess.run([program, *map(str, words)], cwd=self.work, env=self.environment(**environment),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="surrogateescape",
                              timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def refused(self, *words, says=(), **environment):
        """Exit status 2, nothing on stdout, and one line for the user that has all the words of `says`."""
        done = self.run_program(*words, code=2, **environment)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Aipcsort: [^\n]+\n\Z")
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, done.stderr)
        return done.stderr

    def run_json(self, *words, code=0, **environment):
        return json.loads(self.run_program("run", *words, "--format", "json", code=code, **environment).stdout)

    def installed(self, program="bin/ipcsort", plots="share/ipcsort/plots"):
        """The program with its charts, as installed, whatever the build directory."""
        for path in (program, plots):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / plots).symlink_to(ROOT / "plots")
        return shutil.copy(PROGRAM, self.root / program)

    def one_chart(self):
        """Environment for a page with one of its charts, where the page matters and not which charts it has."""
        [python] = PYTHON_CHOSEN.values() or ("/usr/bin/python3",)
        script = self.write("python-of-one-chart", f'#!/bin/sh\nexec {python} "$@" --only throughput\n')
        script.chmod(0o755)
        return {"IPCSORT_PYTHON": str(script)}

    def entries(self):
        return list(csv.DictReader(io.StringIO(self.run_program("list", "--format", "csv").stdout)))

    def handover(self, name):
        """How to make `name` run: what copies nothing can only lend."""
        lends_only = any(entry["name"] == name and entry["payload_copies"] == "0" for entry in self.entries())
        return ("--handover", "lend" if lends_only else "copy")

    def transports(self):
        """Those that can be used here."""
        names = [entry["name"] for entry in self.entries() if (entry["kind"], entry["usable"]) == ("transport", "yes")]
        self.assertTrue(names, "no transport can be used here")
        return names

    def write(self, name, content):
        path = self.work / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def wait_until(self, condition, what):
        end = time.monotonic() + HANG_LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), end, f"waited {HANG_LIMIT_S} s in vain: {what}")
            time.sleep(0.005)

    def golden(self, name, text):
        path = GOLDEN / name
        if os.environ.get("IPCSORT_RENEW_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.assertTrue(path.exists(), f"{path} is missing; tests/golden/renew writes it")
        self.assertEqual(path.read_text(encoding="utf-8"), text,
                         f"\n{path} says otherwise (-); if the change is meant, tests/golden/renew writes it anew")
