"""Twenty and more situations of the field that others have met with comparable tools; each says where it was reported.

What is tried is the whole: a sweep of two transports that records its rows, or one run.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from support import HANG_LIMIT_S, PROGRAM, PYTHON_CHOSEN, ROOT, list_fonts_once, namespace, rows_of
from sweeping import SLOW, SweepTest

setUpModule = list_fonts_once

TINY = ("--preset", "smoke", "--numbers", "2K", "--files", "2", "--workers", "2", "--transports", "pipe,memfd_ring",
        "--references", "none", "--blocks", "3", "--warmup", "0", "--no-charts", "--output", "out")
TINY_RUNS = 2 * 3
RUN = ("run", "--transports", "pipe", "--numbers", "2K", "--workers", "2")
PRIVILEGED = os.geteuid() == 0
STRANGER = ("setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups")  # no name, no home


class FieldTest(SweepTest):
    def execute(self, words, cwd=None, before=None, without=(), stdin=subprocess.DEVNULL, **environment):
        """Any command; never a hang, a crash without a word, or a traceback."""
        variables = {name: value for name, value in self.environment(**environment).items() if name not in without}
        done = subprocess.run([str(word) for word in words], cwd=cwd or self.work, env=variables, stdin=stdin,
                              preexec_fn=before, capture_output=True, text=True, errors="surrogateescape",
                              timeout=HANG_LIMIT_S)
        self.assertNotIn("Traceback", done.stderr)
        if done.returncode != 0:
            self.assertGreater(done.returncode, 0, f"{words}: ended by a signal\n{done.stderr}")
            self.assertNotEqual(done.stderr.strip() + done.stdout.strip(), "", f"{words}: status without a word")
        return done

    def complete(self, words, **how):
        done = self.execute(words, **how)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def given(self, mounts, *words):
        """`words` in a namespace where the shell's commands `mounts` have been done."""
        unshare, why_not = namespace()
        if unshare is None:
            self.skipTest(why_not)
        return [*unshare, "sh", "-c", f'{mounts} && exec "$@"', "sh", *words]

    def shell(self, limit, *words):
        return ["bash", "-c", f'ulimit {limit} || exit 99; exec "$@"', "bash", *words]

    def to_strangers(self):
        if not PRIVILEGED or shutil.which("setpriv") is None:
            self.skipTest("only root can be somebody else, with setpriv(1)")
        if subprocess.run([*STRANGER, PROGRAM, "--version"], capture_output=True).returncode != 0:
            self.skipTest(f"{PROGRAM} lies where others cannot run it")
        os.chmod(self.root, 0o777)
        os.chmod(self.work, 0o777)


class Limits(FieldTest):
    """Every limit of setrlimit(2), over a run, a sweep and a page. entr #92 (ulimit -n 16: dies of leaked pipes), bdwgc
    #342 and PCSX2 #1510 (a thread's EAGAIN that is about memory), libuv #1080 and siege #10 (small stacks: SIGSEGV),
    lace #21 (unlimited stack)."""

    # Beyond the last of a row the program can be loaded, and does its work or says what bounds it.
    VALUES = {"-v": (16000, 40000, 100000), "-n": (4, 8, 12, 24), "-s": (64, 128, 1024, "unlimited"), "-l": (0, 64),
              "-f": (0, 1, 8, 64), "-i": (0, 1), "-q": (0, 1000), "-c": (0,), "-d": (2000, 20000), "-t": (1,)}
    PAGES = ("-v 40000", "-v 100000", "-n 8", "-s 64", "-f 0", "-d 20000", "-t 1", "-u 1", "-u 4")  # a page takes a while
    SWEEP = ("sweep", "--preset", "smoke", "--numbers", "2K", "--files", "2", "--workers", "2", "--transports",
             "pipe,memfd_ring,fifo,xsi_msg", "--references", "threads", "--blocks", "1", "--warmup", "0", "--no-charts",
             "--output", "out")

    def setUp(self):
        super().setUp()
        self.complete([PROGRAM, *self.SWEEP[:-1], "whole"])

    def told(self, done, limit):
        """What fails names the limit, in ipcsort's words or in those of the rows, and what to do."""
        said = done.stderr + done.stdout
        if self.runs.exists():
            said += " ".join(row["error"] for row in rows_of(self.runs))
        self.assertRegex(" ".join(said.split()), rf"ulimit [^:]*{limit.split()[0]}\b", limit)
        self.assertRegex(said, "raise|bounds", limit)

    def lifted(self, limit):
        """The same command, without the limit, does the rest; runs that failed are there as such, and --fresh anew."""
        again = self.execute([PROGRAM, *self.SWEEP])
        if again.returncode != 0:
            self.assertIn("--fresh", again.stderr, limit)
            self.complete([PROGRAM, *self.SWEEP, "--fresh"])
        rows = self.whole_rows()
        self.assertEqual({row["status"] for row in rows}, {"ok"}, limit)
        self.assertEqual(len({row["seq"] for row in rows}), len(rows))
        self.assertEqual(len(rows), len(rows_of(self.work / "whole/runs.csv")), limit)

    def tried(self, limit, prefix=(), without=()):
        whole = {path.name: path.read_bytes() for path in (self.work / "whole").iterdir() if path.is_file()}
        pages = [("report", "whole", "--output", "page")] if limit in self.PAGES else []
        for words in (self.SWEEP, RUN, *pages):
            with self.subTest(limit=limit, command=words[0]):
                shutil.rmtree(self.out, ignore_errors=True)
                shutil.rmtree(self.work / "page", ignore_errors=True)
                shutil.rmtree(self.root / "cache", ignore_errors=True)
                done = self.execute(self.shell(limit, *prefix, PROGRAM, *words), without=without, **PYTHON_CHOSEN)
                if done.returncode != 0:
                    self.told(done, limit)
                if words == self.SWEEP and not prefix:
                    self.lifted(limit)
        for name, content in whole.items():
            self.assertEqual((self.work / "whole" / name).read_bytes(), content, "a report has changed what it reads")

    def test_what_can_be_made_is_bounded(self):
        for letter in "nfliqct":
            for value in self.VALUES["-" + letter]:
                self.tried(f"-{letter} {value}")

    def test_memory_and_stack_are_bounded(self):
        for letter in "vds":
            for value in self.VALUES["-" + letter]:
                self.tried(f"-{letter} {value}")

    def test_processes_are_bounded(self):
        self.to_strangers()  # root is not bound
        for path in ("/tmp/ipcsort-cache-54321", "/tmp/ipcsort-54321"):
            self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        for count in (1, 2, 4, 8):
            self.tried(f"-u {count}", STRANGER, {"XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME"})


class Homes(FieldTest):
    """matplotlib #832, #18011 and #30454: no, or no usable, HOME; the usual case of a container's `--user`."""

    HOMES = (None, "", "/", "{work}/none/home", "relative", "{work}/file", "{work}/closed")

    PAGES = (None, "/", "{work}/closed")  # a page takes a while

    def tried(self, prefix):
        self.write("file", "")
        (self.work / "closed").mkdir(mode=0o555)
        self.addCleanup(shutil.rmtree, "/tmp/ipcsort-cache-54321", ignore_errors=True)
        python = self.one_chart()
        before = set(os.listdir("/"))
        for number, home in enumerate(self.HOMES):
            with self.subTest(home=home):
                variables = {} if home is None else {"HOME": home.format(work=self.work)}
                without = {"XDG_CACHE_HOME", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "HOME"} - set(variables)
                self.complete([*prefix, PROGRAM, *RUN, "--cache-limit", "1M"], without=without, **variables)
                words = [word for word in TINY[:-1] if word != "--no-charts" or home not in self.PAGES]
                self.complete([*prefix, PROGRAM, "sweep", *words, f"out{number}"], without=without, **variables,
                              **python)
                self.assertEqual((self.work / f"out{number}" / "report.html").exists(), home in self.PAGES)
        self.assertEqual(set(os.listdir("/")), before)

    def test_of_a_user_without_a_name(self):
        self.to_strangers()
        os.chown(self.runtime, 54321, 54321)
        self.tried(STRANGER)

    def test_of_this_user(self):
        if PRIVILEGED:
            self.HOMES = [home for home in self.HOMES if home not in ("/", "{work}/closed")]  # there root may do all
        self.PAGES = ("", "relative", "{work}/none/home")
        self.tried(())


class Places(FieldTest):
    # memgraph #4661, lxcfs #623: /proc or /sys hidden or another's; systemd #14745: no /proc in a chroot.
    def test_without_proc_or_sys(self):
        for place in ("/proc", "/sys"):
            with self.subTest(place):
                shutil.rmtree(self.out, ignore_errors=True)
                self.complete(self.given(f"mount -t tmpfs none {place}", PROGRAM, "sweep", *TINY))
                self.assert_complete(TINY_RUNS)

    # The same, and the page: nothing is looked for relative to the current directory instead.
    def test_without_proc_no_foreign_page_is_made(self):
        self.sweep(*TINY)
        for place in (self.root, self.work):  # "..", where `report` runs in `work`
            (place / "plots").mkdir()
            (place / "plots" / "__main__.py").write_text(f"open({str(self.work / 'trapped')!r}, 'w')\n")
        (self.work / "a/b").mkdir(parents=True)
        for where in (self.work, self.work / "a", self.work / "a/b"):
            done = self.execute(self.given("mount -t tmpfs none /proc", PROGRAM, "report", self.out), cwd=where)
            self.assertEqual(done.returncode, 3)
            self.assertIn("mount /proc", done.stderr)
        self.assertFalse((self.work / "trapped").exists())

    # earlyoom #161, docker-install #324: /proc with hidepid=2 shows a user only what is his.
    def test_processes_of_others_are_hidden(self):
        self.to_strangers()
        os.chown(self.runtime, 54321, 54321)
        words = self.given("mount -t proc -o hidepid=2 proc /proc", *STRANGER, PROGRAM, "sweep", *TINY)
        done = self.execute(words, without={"XDG_CACHE_HOME", "HOME"})
        self.addCleanup(shutil.rmtree, "/tmp/ipcsort-cache-54321", ignore_errors=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_complete(TINY_RUNS)

    # Of containers without /dev/shm: skipped, with the reason.
    def test_without_shared_memory(self):
        for mount in ("mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3", "mount -t tmpfs -o ro,noexec none /dev/shm"):
            with self.subTest(mount):
                shutil.rmtree(self.out, ignore_errors=True)
                words = [*TINY[:-2], "--output", "out"]
                words[words.index("pipe,memfd_ring")] = "pipe,memfd_ring,posix_shm_sem"
                self.execute(self.given(mount, PROGRAM, "sweep", *words))
                rows = self.whole_rows()
                self.assertEqual({row["status"] for row in rows if row["transport"] != "posix_shm_sem"}, {"ok"})
                self.assertEqual({row["status"] for row in rows if row["transport"] == "posix_shm_sem"}, {"skipped"})
                self.assertTrue(all("/dev/shm" in row["error"] for row in rows if row["status"] == "skipped"))

    # matplotlib #1824, megSAP #332: a root file system that is read-only, and no place for temporary files.
    def test_on_read_only_media(self):
        everywhere = f"mount -t tmpfs none /mnt && mkdir -m 700 /mnt/run && cp -r {self.work}/in /mnt/in && " \
                     "mount --rbind / / && mount -o remount,ro,bind / && cd /mnt"
        (self.work / "in").mkdir()
        words = self.given(everywhere, "env", "XDG_RUNTIME_DIR=/mnt/run", "XDG_CACHE_HOME=/mnt/cache", PROGRAM, "sweep", *TINY,
                           "--format", "csv")
        done = self.execute(words)
        if "remount" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("\n"), 1 + 2)

    # gsamokovarov/jump #9, lossless-cut #244: a full disk leaves a torn file that is taken for a whole one.
    def test_the_disk_fills_in_the_middle(self):
        (self.work / "disk").mkdir()
        room = "mount -t tmpfs -o size=64k none disk && head -c 53000 /dev/zero > disk/ballast"
        twice = '"$@"; echo status $? >&2; rm disk/ballast; mount -o remount,size=1m disk; "$@" && cp -r disk/out out'
        words = [word if word != "out" else "disk/out" for word in TINY]
        done = self.execute(self.given(room, "sh", "-c", twice, "sh", PROGRAM, "sweep", *words))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("status 3", done.stderr)
        self.assertIn("No space left on device", done.stderr)
        self.assertIn("free some space", done.stderr)
        self.assert_complete(TINY_RUNS)


class Meanwhile(FieldTest):
    """What happens to what a sweep uses while it is used."""

    def running_sweep(self, *words, program=PROGRAM):
        process = self.start("sweep", *TINY, *words, program=program, IPCSORT_FAULT=SLOW)
        self.wait_until(lambda: self.count_rows() >= 1 or process.poll() is not None, "a row")
        return process

    # Results that are removed or moved while they are made.
    def test_its_directory_is_removed_renamed_or_replaced(self):
        for name in ("removed", "renamed", "replaced"):
            with self.subTest(name):
                shutil.rmtree(self.out, ignore_errors=True)
                process = self.running_sweep()
                if name == "removed":
                    shutil.rmtree(self.out)
                else:
                    self.out.rename(self.work / f"{name}-elsewhere")
                if name == "replaced":
                    self.out.mkdir()
                    self.write("out/summary.csv", "mine")
                _, said = process.communicate(timeout=HANG_LIMIT_S)
                self.assertEqual(process.returncode, 3, said)
                self.assertIn("out/runs.csv has been removed, renamed or replaced", said)
                if name == "replaced":
                    self.assertEqual([path.name for path in self.out.iterdir()], ["summary.csv"])
                    self.assertEqual((self.out / "summary.csv").read_text(), "mine")
                if name != "removed":  # what was recorded can be taken up where it lies
                    elsewhere = f"{name}-elsewhere"
                    self.complete([PROGRAM, "sweep", *TINY[:-1], elsewhere])
                    self.assertEqual(len(rows_of(self.work / elsewhere / "runs.csv")), TINY_RUNS)

    # openai/codex #19132, smolvm #945, arewefastyet #288: the program is upgraded under a running one.
    def test_the_program_is_replaced(self):
        program = self.installed()
        process = self.running_sweep(program=program)
        os.unlink(program)
        Path(program).write_text("#!/bin/false\n")
        _, said = process.communicate(timeout=HANG_LIMIT_S)
        self.assertEqual(process.returncode, 0, said)
        self.assert_complete(TINY_RUNS)

    # systemd-tmpfiles and tmpreaper empty caches and /tmp: no figure of a file that is gone or was changed.
    def test_its_input_is_removed_or_cut(self):
        for name in ("removed", "cut"):
            with self.subTest(name):
                shutil.rmtree(self.out, ignore_errors=True)
                shutil.rmtree(self.root / "cache", ignore_errors=True)
                process = self.running_sweep()
                for path in (self.root / "cache").rglob("0000.txt"):
                    if name == "cut":
                        os.truncate(path, 100)
                    else:
                        path.unlink()
                _, said = process.communicate(timeout=HANG_LIMIT_S)
                self.assertEqual(process.returncode, 3, said)
                self.assertIn("--fresh", said)
                failed = [row["error"] for row in self.whole_rows() if row["status"] != "ok"]
                self.assertTrue(failed)
                self.assertTrue(all("0000.txt" in error for error in failed), failed)
                self.sweep(*TINY, "--fresh")
                self.assert_complete(TINY_RUNS)

    # borg #4706: a second start beside the first, or after it, destroys or refuses what is there.
    def test_two_at_one_time(self):
        process = self.running_sweep()
        for words in ((), ("--fresh",)):
            self.refused("sweep", *TINY, *words, says=("out", "another sweep", "--output"))
        self.assertEqual(process.wait(HANG_LIMIT_S), 0)
        self.assert_complete(TINY_RUNS)

    # FIRESTARTER #91, storm #495: the CPUs that are allowed change, by taskset(1) or a container's manager.
    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "there is one CPU")
    def test_its_cpus_are_taken_away(self):
        for placement in ("free", "pairs", "spread"):
            with self.subTest(placement):
                shutil.rmtree(self.out, ignore_errors=True)
                process = self.running_sweep("--placement", placement)
                cpu = max(os.sched_getaffinity(0))
                os.sched_setaffinity(process.pid, {cpu})
                process.communicate(timeout=HANG_LIMIT_S)
                rows = self.whole_rows()
                self.assertEqual(len(rows), TINY_RUNS)
                self.assertIn(process.returncode, (0, 3))
                for row in rows:
                    self.assertTrue(row["status"] == "ok" or row["error"], row)

    # gctoolkit #127, airbus/sen #198: the clock stands elsewhere when work is taken up again.
    def test_the_clock_jumps_before_it_is_taken_up(self):
        for first, then in (("1000000", "0"), ("0", "1000000")):
            with self.subTest(first=first, then=then):
                shutil.rmtree(self.out, ignore_errors=True)
                moved = ["unshare", "--time", "--monotonic", "{}", "--boottime", "{}", "--fork", "--kill-child"]
                if subprocess.run([word.format(first) for word in moved] + ["true"], capture_output=True).returncode != 0:
                    self.skipTest("there are no time namespaces here")
                self.sweep(*TINY)
                lines = self.runs.read_text().splitlines(keepends=True)
                self.runs.write_text("".join(lines[:3]))
                meta = self.meta()
                del meta["finished_utc"]
                meta["started_utc"] = "2099-01-01T00:00:00Z"  # as a clock that was set back since would leave it
                self.write("out/meta.json", json.dumps(meta))
                self.complete([word.format(then) for word in moved] + [PROGRAM, "sweep", *TINY])
                for row in self.assert_complete(TINY_RUNS):
                    self.assertGreater(float(row["total_s"]), 0)
                    self.assertLess(float(row["total_s"]), HANG_LIMIT_S)


class Handed(FieldTest):
    """What the one who starts it has left it."""

    # travis-ci #4704, corefx #23539, bun #33560: a standard output that does not wait loses what does not fit.
    def test_an_output_that_does_not_wait(self):
        whole = self.run_program("list", "--format", "json").stdout
        self.assertGreater(len(whole), 4096)
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        fcntl.fcntl(write, fcntl.F_SETFL, fcntl.fcntl(write, fcntl.F_GETFL) | os.O_NONBLOCK)
        process = subprocess.Popen([PROGRAM, "list", "--format", "json"], cwd=self.work, env=self.environment(), stdout=write,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        os.close(write)
        self.addCleanup(process.stderr.close)
        with open(read, encoding="utf-8") as pipe:
            # A reader that is late: the writer has filled the pipe and waits, or has given up.
            self.wait_until(lambda: process.poll() is not None or
                            int.from_bytes(fcntl.ioctl(read, 0x541B, bytes(4)), "little") >= 4096, "a full pipe")
            self.assertEqual(pipe.read(), whole)
        self.assertEqual(process.wait(HANG_LIMIT_S), 0, process.stderr.read())

    # fd #24, hexyl #181, hyperqueue #851: `| head -1` ends in an error about a broken pipe; a sweep goes on recording.
    def test_a_reader_that_goes(self):
        for words, code in ((("list", "--format", "json"), -signal.SIGPIPE), (("sweep", *TINY), -signal.SIGPIPE)):
            process = self.start(*words)
            process.stdout.close()
            said = process.stderr.read()
            self.assertEqual(process.wait(HANG_LIMIT_S), code, said)
            self.assertNotIn("pipe", said.lower())
        self.assert_complete(TINY_RUNS)

    # rust #147624: descriptors that the caller forgot to close.
    def test_descriptors_that_are_open(self):
        with open(os.devnull, "r+b", buffering=0) as nothing:
            def before():
                for fd in range(3, 21):
                    if fd != nothing.fileno():
                        os.dup2(nothing.fileno(), fd)
            done = subprocess.run([PROGRAM, "sweep", *TINY], cwd=self.work, env=self.environment(), stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=HANG_LIMIT_S, preexec_fn=before, close_fds=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_complete(TINY_RUNS)

    # `perl -e 'alarm N; exec ...'`, the poor man's timeout(1): a timer outlives the exec; what was recorded stays.
    def test_an_alarm_that_goes_off(self):
        process = subprocess.Popen(["python3", "-c", "import os, signal, sys; signal.setitimer(signal.ITIMER_REAL, 0.7); "
                                    "os.execv(sys.argv[1], sys.argv[1:])", PROGRAM, "sweep", *TINY], cwd=self.work,
                                   env=self.environment(IPCSORT_FAULT="ready:delay=400"), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self._end, process)
        self.assertEqual(process.wait(HANG_LIMIT_S), -signal.SIGALRM)
        self.complete([PROGRAM, "sweep", *TINY])
        self.assert_complete(TINY_RUNS)

    # benchexec #824: who may read results is the umask's affair; none makes what belongs to others writable.
    def test_masks_of_modes(self):
        for mask in (0o000, 0o027, 0o077, 0o777):
            with self.subTest(oct(mask)):
                shutil.rmtree(self.out, ignore_errors=True)
                shutil.rmtree(self.root / "cache", ignore_errors=True)
                done = self.execute([PROGRAM, "sweep", *TINY], before=lambda mask=mask: os.umask(mask))
                if mask == 0o777 and not PRIVILEGED:
                    self.assertEqual(done.returncode, 2)
                    continue
                self.assertEqual(done.returncode, 0, done.stderr)
                for path in self.out.iterdir():
                    self.assertEqual(path.stat().st_mode & 0o777 & mask, 0, path)
                for path in (self.root / "cache/ipcsort", self.runtime / "ipcsort"):
                    self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    # google/benchmark #325, BenchmarkDotNet #2943: figures of a process that gives way to others, without a word.
    def test_a_priority_that_gives_way(self):
        for words in (("nice", "-n", "19"), ("chrt", "--idle", "0")):
            with self.subTest(words):
                shutil.rmtree(self.out, ignore_errors=True)
                self.complete([*words, PROGRAM, "sweep", *TINY])
                self.assertIn("priority", {warning["about"] for warning in self.meta()["warnings"]})
                lines = self.runs.read_text().splitlines(keepends=True)
                self.runs.write_text("".join(lines[:3]))
                meta = self.meta()
                del meta["finished_utc"]
                self.write("out/meta.json", json.dumps(meta))
                self.refused("sweep", *TINY, says=("begun otherwise", "niceness" if words[0] == "nice" else "scheduler"))

    # Of env(1) and CI systems that export whole documents; and of allocators, loaders and tunables that are preloaded.
    def test_environments(self):
        for name, variables in {
                "huge": {"A": "x" * 130_000, "B": "x" * 130_000, "TZ": "x" * 100_000, "LC_ALL": "x" * 100_000},
                "many": {f"V{i}": "x" for i in range(20_000)}, "perturbed": {"MALLOC_PERTURB_": "85"},
                "checked": {"GLIBC_TUNABLES": "glibc.malloc.check=3:glibc.malloc.perturb=85"},
                "nonsense": {"GLIBC_TUNABLES": "nonsense", "COLUMNS": "-5", "TERM": "\x1b[31m", "LANG": "tr_TR.UTF-8"},
                "mapped": {"MALLOC_MMAP_THRESHOLD_": "1", "MALLOC_ARENA_MAX": "1"}, "bound": {"LD_BIND_NOW": "1"},
                "preloaded": {"LD_PRELOAD": "libpthread.so.0"}}.items():
            with self.subTest(name):
                shutil.rmtree(self.out, ignore_errors=True)
                self.complete([PROGRAM, "sweep", *TINY], **variables)
                self.assert_complete(TINY_RUNS)
        long = "/" + "x" * 100_000
        done = self.execute([PROGRAM, *RUN], XDG_RUNTIME_DIR=long, XDG_CACHE_HOME=long)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--cache-dir", done.stderr)

    # polybar #2075, node-config #215, night-config #67: a configuration with a byte order mark, or from Windows.
    def test_configurations_of_other_systems(self):
        for name, before, end in (("mark", b"\xef\xbb\xbf", b"\n"), ("lines", b"", b"\r\n"), ("both", b"\xef\xbb\xbf", b"\r\n"),
                                  ("no end", b"", b"")):
            with self.subTest(name):
                self.write("some.cfg", before + (b"\r\n" if b"\r" in end else b"\n").join(
                    (b"transports = pipe", b"numbers = 3K")) + end)
                printed = self.run_program("sweep", "--config", "some.cfg", "--print-config").stdout
                self.assertRegex(printed, r"(?m)^numbers ?= ?\"?3K\"?$")
                self.assertRegex(printed, r"(?m)^transports ?= ?\"?pipe\"?$")

    # A name that is not UTF-8 ends in a traceback, or in JSON that is none.
    def test_names_that_are_no_text(self):
        for name in (b"o\xff\xfe", b"new\nline", "\u00fcn\u00ef".encode(), b"a%20b", b"-dash"):
            with self.subTest(name):
                path = self.work / os.fsdecode(name)
                self.complete([PROGRAM, "sweep", *TINY[:-1], "./" + os.fsdecode(name)])
                self.assertEqual(len(rows_of(path / "runs.csv")), TINY_RUNS)
                json.loads((path / "meta.json").read_text())
        self.complete([PROGRAM, "report", os.fsdecode(b"o\xff\xfe")], **self.one_chart())
        self.assertIn("<svg", (self.work / os.fsdecode(b"o\xff\xfe") / "report.html").read_text())


class Containers(FieldTest):
    # moby #39326, openab #436: as PID 1 of a container nobody else collects what its children leave; with and without /proc.
    def test_as_the_first_process(self):
        for words in (("unshare", "--pid", "--fork", "--mount-proc"), ("unshare", "--pid", "--fork")):
            if subprocess.run([*words, "true"], capture_output=True).returncode != 0:
                self.skipTest("there are no process namespaces here")
            with self.subTest(words):
                shutil.rmtree(self.out, ignore_errors=True)
                self.complete([*words, PROGRAM, "sweep", *TINY])
                self.assert_complete(TINY_RUNS)
                done = self.execute([*words, PROGRAM, *RUN], IPCSORT_FAULT="mid_payload:kill")
                self.assertEqual(done.returncode, 3)
                self.assertIn("SIGKILL", done.stdout + done.stderr)
                self.assertIn("nothing was left behind", self.run_program("clean").stdout)

    # Podman's and bubblewrap's users without a mapping: everything belongs to nobody.
    def test_as_a_user_that_is_not_mapped(self):
        if subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode != 0:
            self.skipTest("there are no user namespaces here")
        done = self.execute(["unshare", "--user", PROGRAM, "sweep", *TINY], without={"XDG_RUNTIME_DIR"})
        if done.returncode == 0:
            self.assert_complete(TINY_RUNS)
        else:
            self.assertRegex(done.stderr, "belongs|owner|denied|directory of this user")

    # stress-ng #243: the OOM killer takes a worker, then the whole; the row says so, and nothing stays.
    def test_a_worker_is_killed_for_memory(self):
        for point in ("ready", "mid_payload"):
            with self.subTest(point):
                shutil.rmtree(self.out, ignore_errors=True)
                done = self.execute([PROGRAM, "sweep", *TINY], IPCSORT_FAULT=f"{point}:kill")  # as the kernel does it
                self.assertEqual(done.returncode, 3)
                for row in self.whole_rows():
                    self.assertEqual(row["status"], "peer_died")
                    self.assertIn("SIGKILL", row["error"])
        self.assertIn("nothing was left behind", self.run_program("clean").stdout)


class Kept(FieldTest):
    """asv and pytest-benchmark keep results by machine: what is of another, or was altered, is named or made anew."""

    def test_a_profile_of_other_surroundings(self):
        self.run_program("tune", "--transports", "pipe", "--numbers", "2K", "--files", "2", "--workers", "2", "--time-budget",
                         "1s", "--output", "profile.json", "--quiet")
        profile = json.loads((self.work / "profile.json").read_text())
        words = ("sweep", *TINY, "--profile", "default,other.json", "--dry-run")
        for name, value in (("cpu", "Z80"), ("cores_usable", 77), ("ram_bytes", 1), ("kernel", "Linux 0.1"),
                            ("cpus_allowed", [77]), ("niceness", 19)):
            with self.subTest(name):
                self.write("other.json", json.dumps({**profile, "machine": {**profile["machine"], name: value}}))
                said = " ".join(self.run_program(*words).stderr.split())
                self.assertIn("other.json was tuned", said)
                self.assertIn(name, said)
        for name, changed in (("form", {**profile, "schema": 99}), ("kind", {**profile, "kind": "another"}),
                              ("machine", {key: value for key, value in profile.items() if key != "machine"}),
                              ("entries", {**profile, "entries": [{**profile["entries"][0], "options": {"nonsense": "1"}}]})):
            with self.subTest(altered=name):
                self.write("other.json", json.dumps(changed))
                self.refused(*words, says="other.json")
        self.write("other.json", json.dumps(profile)[:-40])
        self.refused(*words, says="other.json")

    def test_figures_of_messages_of_other_surroundings(self):
        done = self.execute([PROGRAM, "micro", "--transports", "pipe", "--sizes", "64,4K", "--measure", "throughput",
                             "--placement", "free", "--min-time", "1ms", "--repetitions", "1", "--quiet", "--output", "micro"])
        if "libbenchmark" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        meta = json.loads((self.work / "micro/meta.json").read_text())
        lines = (self.work / "micro/micro.csv").read_text().splitlines(keepends=True)
        self.sweep(*TINY)
        words = ("report", "out", "micro", "--output", "page")
        self.assertEqual(self.run_program(*words, **PYTHON_CHOSEN).stderr, "")
        nothing = str(self.work / "none")  # the page itself is of no interest here
        for name, value in (("kernel", "Linux 0.1"), ("cpu", "Z80"), ("cpus_allowed", [77]), ("scheduler", "idle")):
            with self.subTest(name):
                self.write("micro/meta.json", json.dumps({**meta, "machine": {**meta["machine"], name: value}}))
                said = " ".join(self.run_program(*words, code=3, IPCSORT_PYTHON=nothing).stderr.split())
                self.assertIn("micro was recorded otherwise than out", said)
                self.assertIn(name, said)
        self.write("micro/meta.json", json.dumps({**meta, "git": {"commit": "0123456789ab", "dirty": False}}))
        self.assertIn("0123456789ab", self.run_program(*words, code=3, IPCSORT_PYTHON=nothing).stderr)
        self.write("micro/meta.json", json.dumps(meta))
        time = lines[0].split(",").index("real_time_s")
        negative = lines[1].split(",")
        negative[time] = "-1"
        for name, changed in (("twice", lines + lines[1:2]), ("nothing can take", [lines[0], ",".join(negative)]),
                              ("semicolons", [line.replace(",", ";") for line in lines]),
                              ("cut off", [*lines[:-1], lines[-1][:-4]]), ("empty", [])):
            with self.subTest(name):
                (self.work / "micro/micro.csv").write_text("".join(changed))
                self.refused(*words, says=("micro.csv", name))

    def test_generated_numbers_that_were_altered(self):
        words = (*RUN, "--files", "2")
        self.run_program(*words)
        [manifest] = (self.root / "cache").rglob("manifest.json")
        whole = json.loads(manifest.read_text())
        data = {path.name: path.read_bytes() for path in manifest.parent.glob("*.txt")}
        first = whole["files"][0]
        for name, value in (("count", first["count"] + 1), ("bytes", 1), ("mtime_ns", 1), ("name", "/etc/passwd"),
                            ("checksum", "nonsense")):
            with self.subTest(name):
                manifest.write_text(json.dumps({**whole, "files": [{**first, name: value}, *whole["files"][1:]]}))
                self.run_program(*words)  # made anew
                self.assertEqual({path.name: path.read_bytes() for path in manifest.parent.glob("*.txt")}, data)
        for name, value in (("format", "another"), ("files", []), ("seed", 77), ("numbers", 5)):
            with self.subTest(name):
                manifest.write_text(json.dumps({**whole, name: value}))
                self.run_program(*words)
        path = manifest.parent / "0000.txt"
        changed = re.sub(rb"[1-8]", lambda digit: bytes([digit[0][0] + 1]), path.read_bytes(), count=1)
        path.write_bytes(changed)  # of the same length, at another time
        self.run_program(*words)
        self.assertEqual(path.read_bytes(), data["0000.txt"])
        kept = path.stat()
        path.write_bytes(changed)  # and of the same time: then the result is not the input's
        os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
        said = self.run_program(*words, code=3).stdout
        for part in ("wrong result", str(path), '"ipcsort clean --data"'):
            self.assertIn(part, said)
        cleaned = json.loads(self.run_program("clean", "--data", "--format", "json").stdout)
        self.assertEqual([entry["name"] for entry in cleaned], [str(path.parent)])
        self.run_program(*words)
        self.assertEqual(path.read_bytes(), data["0000.txt"])

    @unittest.skipUnless(PRIVILEGED, "only root can make files of another user")
    def test_generated_numbers_of_another_user(self):
        self.run_program(*RUN)
        os.chown(self.root / "cache/ipcsort", 54321, 54321)
        self.refused(*RUN, says=("belongs to another user", "--cache-dir"))


if __name__ == "__main__":
    unittest.main()
