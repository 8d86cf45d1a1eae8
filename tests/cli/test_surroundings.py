"""What a program meets in the field: outputs that are no plain files, directories that are somebody else's, results that were
begun elsewhere or changed by hand, and what the caller left it: signals, variables, limits, modules lying about."""

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import time
import unittest

from support import HANG_LIMIT_S, PROGRAM, PYTHON_CHOSEN, list_fonts_once, namespace, rows_of, running
from sweeping import SIX_CELLS, SLOW, SweepTest

setUpModule = list_fonts_once


class Outputs(SweepTest):
    """`export` stands for every command that writes a file: all write with the same function."""

    def setUp(self):
        super().setUp()
        self.sweep(*SIX_CELLS)
        self.text = self.run_program("export", "out", "--format", "gbench").stdout

    def export(self, output, code=0):
        return self.run_program("export", "out", "--format", "gbench", "--output", output, code=code)

    def test_a_link_is_followed_and_stays_one(self):
        self.write("target.json", "old")
        os.chmod(self.work / "target.json", 0o600)
        for link, target in (("link", "target.json"), ("links", "link"), ("to_be", "new.json")):
            os.symlink(target, self.work / link)
            self.export(link)
            self.assertTrue((self.work / link).is_symlink())
            self.assertEqual((self.work / link).read_text(), self.text)
        self.assertEqual(stat.S_IMODE((self.work / "target.json").stat().st_mode), 0o600)
        os.symlink("round", self.work / "round")
        self.assertIn("Too many levels of symbolic links", self.export("round", code=2).stderr)

    def test_mode_and_owner_stay_and_nothing_else_is_touched(self):
        for mode in (0o600, 0o664, 0o755):
            self.write("kept.json", "old")
            os.chmod(self.work / "kept.json", mode)
            if os.geteuid() == 0:
                os.chown(self.work / "kept.json", 12345, 54321)
            before = (self.work / "kept.json").stat()
            self.write("kept.json.part", "mine")
            self.export("kept.json")
            after = (self.work / "kept.json").stat()
            self.assertEqual((after.st_mode, after.st_uid, after.st_gid), (before.st_mode, before.st_uid, before.st_gid))
            self.assertEqual((self.work / "kept.json.part").read_text(), "mine")
        self.assertEqual(list(self.work.glob(".ipcsort*")), [])

    def test_a_device_stays_one(self):
        if os.geteuid() == 0:
            os.mknod(self.work / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        for path in [self.work / "null"] if os.geteuid() == 0 else ["/dev/null"]:
            self.export(path)
            self.assertTrue(stat.S_ISCHR(os.stat(path).st_mode))
        if os.path.exists("/dev/full"):
            self.assertIn("write(/dev/full): No space left", self.export("/dev/full", code=3).stderr)

    def test_a_fifo_gets_it_once_it_is_read(self):
        os.mkfifo(self.work / "fifo")
        process = self.start("export", "out", "--format", "gbench", "--output", "fifo")
        with open(self.work / "fifo", encoding="utf-8") as fifo:
            self.assertEqual(fifo.read(), self.text)
        self.assertEqual(process.wait(HANG_LIMIT_S), 0)
        self.assertTrue(stat.S_ISFIFO((self.work / "fifo").stat().st_mode))

    def test_an_open_descriptor_by_its_path(self):
        for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
            self.assertEqual(self.export(name).stdout, self.text)
        with open(self.work / "log", "w", encoding="utf-8") as log:  # a file: what was written stays
            log.write("before\n")
            log.flush()
            done = subprocess.run([PROGRAM, "export", "out", "--format", "gbench", "--output", "/dev/stdout"], cwd=self.work,
                                  env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, 0)
        self.assertEqual((self.work / "log").read_text(), "before\n" + self.text)


class Directories(SweepTest):
    FOREIGN = ("report.html", "summary.csv", "overall.csv", "findings.json", "schema.json", "meta.json")

    def test_what_a_sweep_did_not_write_stays(self):
        self.out.mkdir()
        for name in self.FOREIGN:
            for fresh in ((), ("--fresh",)):
                with self.subTest(name=name, fresh=fresh):
                    self.write(f"out/{name}", "mine")
                    self.refused("sweep", *SIX_CELLS, *fresh, says=("out", name))
                    self.assertEqual((self.out / name).read_text(), "mine")
            (self.out / name).unlink()

    def test_fresh_leaves_others_files_where_they_are(self):
        self.sweep(*SIX_CELLS)
        (self.out / "charts").mkdir(exist_ok=True)
        for name in ("charts/thesis.svg", "charts/throughput.svg", "report.html", "notes.txt"):
            self.write(f"out/{name}", "mine")
        self.sweep(*SIX_CELLS, "--fresh")
        self.assert_complete()
        for name in ("charts/thesis.svg", "charts/throughput.svg", "report.html", "notes.txt"):
            self.assertEqual((self.out / name).read_text(), "mine")

    def test_a_page_in_the_way_is_named(self):
        self.sweep(*SIX_CELLS)
        python = self.one_chart()
        for name in ("report.html", "charts/throughput.svg", "charts/throughput.png"):
            with self.subTest(name):
                (self.out / "charts").mkdir(exist_ok=True)
                self.write(f"out/{name}", "mine")
                done = self.run_program("report", "out", code=3, **python)
                self.assertIn(f"{name} is in the way", done.stderr)
                self.assertEqual((self.out / name).read_text(), "mine")
                (self.out / name).unlink()
        self.run_program("report", "out", **python)
        self.run_program("report", "out", **python)  # its own it makes anew


class OthersResults(SweepTest):
    def begin(self):
        process = self.start_until(2, *SIX_CELLS, IPCSORT_FAULT=SLOW)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(HANG_LIMIT_S), 130)

    def test_what_was_begun_otherwise_is_not_taken_up(self):
        self.begin()
        before = self.runs.read_bytes()
        meta = self.meta()
        changes = {"commit": ("git", {"commit": "0123456789ab", "dirty": False}), "compiler": ("compiler", "GNU 1.0"),
                   "build_type": ("build_type", "Debug"), "kernel": ("machine", {**meta["machine"], "kernel": "Linux 0.1"}),
                   "cpu": ("machine", {**meta["machine"], "cpu": "Z80"}),
                   "cpus_allowed": ("machine", {**meta["machine"], "cpus_allowed": [77]})}
        for says, (name, value) in changes.items():
            with self.subTest(says):
                self.write("out/meta.json", json.dumps({**meta, name: value}))
                self.refused("sweep", *SIX_CELLS, says=("out", "begun otherwise", says, "--fresh", "--output"))
                self.assertEqual(self.runs.read_bytes(), before)
        self.sweep(*SIX_CELLS, "--fresh")
        self.assert_complete()

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "there is one CPU")
    def test_nor_on_other_cpus(self):
        self.begin()
        cpu = min(os.sched_getaffinity(0))
        done = subprocess.run(["taskset", "-c", str(cpu), PROGRAM, "sweep", *SIX_CELLS], cwd=self.work,
                              env=self.environment(), capture_output=True, text=True, timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("cores_usable", done.stderr)

    def test_below_results_it_is_passed_over_with_a_word(self):
        words = SIX_CELLS[:-2]
        process = self.start("sweep", *words, IPCSORT_FAULT=SLOW)
        begun = self.work / "results"
        self.wait_until(lambda: any(len(rows_of(path)) > 1 for path in begun.glob("*/runs.csv")), "two rows")
        process.send_signal(signal.SIGINT)
        process.wait(HANG_LIMIT_S)
        [path] = begun.glob("*/meta.json")
        meta = json.loads(path.read_text())
        path.write_text(json.dumps({**meta, "git": {"commit": "0123456789ab", "dirty": False}}))
        done = self.sweep(*words)
        self.assertIn("begun otherwise", done.stderr)
        self.assertEqual(len(list(begun.glob("*/runs.csv"))), 2)

    def test_rows_changed_by_hand_or_by_a_spreadsheet(self):
        self.sweep(*SIX_CELLS)
        text = self.runs.read_text()
        lines = text.splitlines(keepends=True)
        for name, changed, says in (
                ("repeated", lines + lines[3:4], "two rows have seq"),
                ("semicolons", [line.replace(",", ";") for line in lines], "separated by semicolons"),
                ("tabs", [line.replace(",", "\t") for line in lines], "separated by tabs")):
            with self.subTest(name):
                self.runs.write_text("".join(changed))
                self.refused("report", "out", says=("runs.csv", says), **PYTHON_CHOSEN)
        self.runs.write_text("".join(lines[:3] + lines[4:]))
        self.assertIn("rows are missing: seq 2; so the file has been changed",
                      " ".join(self.run_program("report", "out", **self.one_chart()).stderr.split()))
        self.runs.write_text(text.replace(",pipe,", ",fifo,", 1))
        self.refused("sweep", *SIX_CELLS, says=("runs.csv", "of a cell that its sweep does not have"))
        for name, changed in (("byte order mark", "\ufeff" + text), ("CRLF", text.replace("\n", "\r\n"))):
            with self.subTest(name):
                self.runs.write_bytes(changed.encode())
                self.run_program("export", "out", "--format", "gbench")

    def test_a_read_only_directory_is_reported_elsewhere(self):
        words, why_not = namespace()
        if words is None:
            self.skipTest(why_not)
        self.sweep(*SIX_CELLS)
        python = self.one_chart()
        for name in ("findings.json", "schema.json", "summary.csv", "overall.csv"):  # one more is missing each time
            with self.subTest(name):
                (self.out / name).unlink(missing_ok=True)
                script = 'mount --bind out out && mount -o remount,ro,bind out && exec "$@"'
                done = subprocess.run([*words, "sh", "-c", script, "sh", PROGRAM, "report", "out", "--output", name + "-page"],
                                      cwd=self.work, env=self.environment(**python), capture_output=True, text=True,
                                      timeout=HANG_LIMIT_S)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr, "")
                self.assertIn("<svg", (self.work / (name + "-page") / "report.html").read_text())
                self.assertFalse((self.out / name).exists())

    def test_faults_that_were_injected_are_told(self):
        done = self.sweep(*SIX_CELLS, IPCSORT_FAULT=SLOW)
        self.assertIn("IPCSORT_FAULT", done.stderr)
        self.assertIn("IPCSORT_FAULT", {warning["about"] for warning in self.meta()["warnings"]})
        self.run_program("report", "out", **self.one_chart())
        self.assertIn("IPCSORT_FAULT", (self.out / "report.html").read_text())


class Inherited(SweepTest):
    def started_with(self, before, *words, **environment):
        process = subprocess.Popen([PROGRAM, *words], cwd=self.work, env=self.environment(**environment), preexec_fn=before,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self._end, process)
        return process

    def test_signals_that_the_caller_ignores_are_not_acted_upon(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.started_with(lambda number=number: signal.signal(number, signal.SIG_IGN),
                                            "sweep", *SIX_CELLS, "--fresh", IPCSORT_FAULT=SLOW)
                self.wait_until(lambda: self.count_rows() >= 1 or process.poll() is not None, "a row")
                process.send_signal(number)
                process.communicate(timeout=HANG_LIMIT_S)
                self.assertEqual(process.returncode, 0)
                self.assert_complete()

    def test_signals_that_the_caller_blocks_or_ignores_are_no_obstacle(self):
        def block_all():
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        for name, before in (("blocked", block_all), ("ignored", lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))):
            with self.subTest(name):
                process = self.started_with(before, "run", "--preset", "smoke", "--numbers", "2K", "--transports", "pipe")
                out, err = process.communicate(timeout=HANG_LIMIT_S)
                self.assertEqual(process.returncode, 0, err)

    def test_a_run_that_was_frozen_is_disturbed(self):
        frozen_s = 2  # `docker pause`, the freezer of a control group, a laptop's lid
        process = self.start_until(1, "--preset", "smoke", "--numbers", "2K", "--transports", "pipe,mmap_flags", "--references",
                                   "none", "--no-charts", "--output", "out", IPCSORT_FAULT="ready:delay=500")
        driver_run_and_workers = 4
        all_of_us = []
        while len(all_of_us) < driver_run_and_workers:
            all_of_us = running(str(self.root))
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in all_of_us:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if number == signal.SIGSTOP:
                time.sleep(frozen_s)
        before = self.count_rows()
        self.wait_until(lambda: self.count_rows() >= before + 2, "two rows more")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=HANG_LIMIT_S)
        rows = [row for row in self.whole_rows() if float(row["total_s"] or 0) >= frozen_s / 2]
        self.assertTrue(rows, "no run took that long: nothing was frozen")
        self.assertEqual({row["disturbed"] for row in rows}, {"1"})

    def test_a_real_time_task_on_the_cpu_that_it_is_pinned_to(self):
        cpu = max(os.sched_getaffinity(0))
        spinner = subprocess.Popen(["sh", "-c", "while :; do :; done"], stdin=subprocess.DEVNULL)
        self.addCleanup(lambda: (spinner.kill(), spinner.wait()))
        try:
            os.sched_setaffinity(spinner.pid, {cpu})
            os.sched_setscheduler(spinner.pid, os.SCHED_FIFO, os.sched_param(50))
        except OSError as error:
            self.skipTest(f"no real-time task can be started: {error.strerror}")
        for placement in ("one", "spread"):
            with self.subTest(placement):
                done = self.run_program("run", "--transports", "pipe", "--numbers", "2K", "--workers", "2", "--placement",
                                        placement, "--deadline", "500ms", code=3,
                                        IPCSORT_FAULT="mid_payload:delay=1000000")
                self.assertIn("the deadline of 500.0 ms passed", done.stdout + done.stderr)

    def test_a_hang_up_ends_it_with_129(self):
        process = self.start_until(1, *SIX_CELLS, IPCSORT_FAULT=SLOW)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(HANG_LIMIT_S), 129)

    def test_a_runtime_directory_that_cannot_be_used(self):
        self.write("file", "")
        (self.work / "open").mkdir()
        (self.work / "open/ipcsort").mkdir()
        os.chmod(self.work / "open/ipcsort", 0o777)
        for name in ("nowhere/at/all", "file", "open"):
            with self.subTest(name):
                path = str(self.work / name)
                done = self.run_program("run", "--preset", "smoke", "--numbers", "2K", "--transports", "fifo",
                                        XDG_RUNTIME_DIR=path)
                self.assertEqual(done.stderr.count("XDG_RUNTIME_DIR"), 1)
                self.assertIn(path, done.stderr.replace("\n", " "))
                self.assertIn(f"/tmp/ipcsort-{os.geteuid()} is used", " ".join(done.stderr.split()))

    def test_a_size_limit_is_an_error_that_names_the_call(self):
        import resource
        process = self.started_with(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
                                    "gen", "--numbers", "10K", "--output", "data")
        _, err = process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual(process.returncode, 3)
        self.assertIn("File too large", err)
        self.assertEqual([path for path in self.work.glob("data/*")], [])

    def test_modules_and_settings_that_lie_about_are_not_used(self):
        self.sweep(*SIX_CELLS)
        trap = "open('trapped', 'w').close(); raise SystemExit('trapped')\n"
        for name in ("jinja2.py", "matplotlib.py", "numpy.py", "plots.py", "os.py", "sitecustomize.py"):
            self.write(name, trap)
        self.write("matplotlibrc", "backend: nonsense\nsavefig.dpi: nonsense\n")
        python = self.one_chart()
        for variables in ({}, {"PYTHONPATH": str(self.work)}, {"PYTHONHOME": str(self.work)}, {"MPLBACKEND": "nonsense"},
                          {"PYTHONSTARTUP": str(self.work / "os.py")}, {"MATPLOTLIBRC": str(self.work)},
                          {"PYTHONWARNINGS": "error"}):
            with self.subTest(variables):
                done = self.run_program("report", "out", **(python if variables else PYTHON_CHOSEN), **variables)
                self.assertEqual(done.stderr, "")
                self.assertFalse((self.work / "trapped").exists())

    def test_why_no_python_will_do(self):
        self.sweep(*SIX_CELLS)
        self.write("python", "#!/bin/sh\necho 'a traceback' >&2; echo 'ImportError: libfoo.so.1: no such file' >&2; exit 1\n")
        os.chmod(self.work / "python", 0o755)
        done = self.run_program("report", "out", code=3, IPCSORT_PYTHON=str(self.work / "python"))
        self.assertIn("ImportError: libfoo.so.1: no such file", done.stderr)
        done = self.run_program("report", "out", code=3, IPCSORT_PYTHON=str(self.work / "none"))
        self.assertIn(str(self.work / "none"), done.stderr.replace("\n", " "))

    def test_variables_of_google_benchmark_select_nothing(self):
        done = self.run_program("micro", "--measure", "throughput", "--transports", "pipe", "--sizes", "4K", "--placement",
                                "free", "--min-time", "1ms", "--repetitions", "1", "--quiet", "--output", "micro",
                                BENCHMARK_FILTER="nothing", BENCHMARK_OUT="elsewhere.json", BENCHMARK_LIST_TESTS="1",
                                BENCHMARK_DRY_RUN="1")
        self.assertEqual(done.stderr, "")
        self.assertEqual({row["transport"] for row in rows_of(self.work / "micro/micro.csv")}, {"pipe", "memcpy_two_copies"})
        self.assertFalse((self.work / "elsewhere.json").exists())


class Numbers(SweepTest):
    def test_one_number_with_separators_is_no_list(self):
        for text, number in (("1,000,000", "1000000"), ("1,024", "1024"), ("16,384", "16384"), ("262,144", "262144"),
                             ("100,000", "100000"), ("1,234,567", "1234567")):
            self.refused("run", "--transports", "pipe", "--numbers", text, says=("--numbers", text, number))
            self.refused("micro", "--sizes", text, says=("--sizes", text, number))
        for text in ("100,200,300", "1,2,4", "567,234,1", "1K,100"):
            self.sweep("--preset", "smoke", "--dry-run", "--numbers", text)

    def test_a_printed_configuration_is_read_as_it_was(self):
        for name in ("with space", " blanks ", "a#b", '"quoted"', "back\\slash", "\\x41", "new\nline", "tab\t", "#", "ä"):
            with self.subTest(name):
                path = self.work / "inputs" / name
                path.parent.mkdir(exist_ok=True)
                path.write_text("1 2 3\n")
                words = ("sweep", "--input", path, "--workers", "1", "--cache-dir", self.root / f"cache {name}")
                printed = self.run_program(*words, "--print-config").stdout
                self.write("as.cfg", printed)
                self.assertEqual(self.run_program("sweep", "--config", "as.cfg", "--print-config").stdout, printed)
                plans = [re.search(r"plan [0-9a-f]{16}", self.run_program(*how, "--dry-run").stdout)[0]
                         for how in (words, ("sweep", "--config", "as.cfg"))]
                self.assertEqual(*plans)

    def test_no_number_at_all_is_not_measured(self):
        self.write("empty", "")
        self.write("blank", " \n\n")
        for words in (("empty",), ("blank",), ("empty", "blank")):
            self.refused("run", "--transports", "pipe", "--input", *words, says=("--input", "no number"))
            self.refused("sweep", "--input", *words, says=("--input", "no number"))
        self.refused("run", "--transports", "pipe", "--input", "/proc/version", says=("/proc/version", "copy"))


if __name__ == "__main__":
    unittest.main()
