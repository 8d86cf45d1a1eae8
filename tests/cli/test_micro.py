"""ipcsort micro: names, rows, what cannot be, and ^C."""

import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from consumers import compare
from support import PROGRAM, CliTest, parent_of, processes_of, rows_of

TINY = ("--min-time", "1ms", "--repetitions", "2", "--quiet", "--output", "out")
MESSAGES = ("--measure", "throughput,latency", "--sizes", "1,64K", "--placement", "free")


class Micro(CliTest):
    def setUp(self):
        super().setUp()
        self.out = self.work / "out"

    def names(self, *words):
        return self.run_program("micro", "--list", *words).stdout.splitlines()

    def test_names_say_what_is_measured(self):
        names = self.names("--transports", "pipe,pipe:capacity=64K", "--sizes", "1,4K", "--memory", "hot,cold",
                           "--placement", "same,free")
        self.assertEqual(len(names), len(set(names)))
        for name in ("throughput/transport:pipe/bytes:4096/memory:hot/placement:same/manual_time",
                     "latency/transport:pipe/options:capacity=64K/bytes:1/memory:cold/placement:free/manual_time",
                     "parse/parser:simd/numbers:1000000/real_time"):
            self.assertIn(name, names)
        # The ceiling is of throughput, and needs a CPU for each side.
        ceilings = [name for name in names if "transport:memcpy_two_copies/" in name]
        self.assertEqual(len(ceilings), 2 * 2)
        self.assertTrue(all(name.startswith("throughput/") and "/placement:free/" in name for name in ceilings))
        self.assertEqual(len([name for name in names if "transport:" in name]), 2 * 2 * 2 * 2 * 2 + len(ceilings))
        self.assertEqual(list(self.work.iterdir()), [])

    def test_all_means_each_that_sends_and_receives(self):
        copying = {entry["name"] for entry in self.entries() if entry["payload_copies"] not in ("", "0")}
        copying.add("memcpy_two_copies")
        names = self.names("--measure", "throughput", "--sizes", "all", "--placement", "free")
        self.assertLessEqual({name.split("/")[1].removeprefix("transport:") for name in names}, copying)
        self.assertEqual({int(name.split("/")[2].removeprefix("bytes:")) for name in names}, {2**k for k in range(21)})

    def test_a_row_for_each_repetition(self):
        done = self.run_program("micro", *MESSAGES, "--transports", "pipe,memfd_ring:wait=spin", *TINY)
        rows = rows_of(self.out / "micro.csv")
        self.assertEqual(sorted((row["family"], row["transport"], row["options"], row["bytes"], row["repetition"])
                                for row in rows),
                         sorted((family, transport, options, size, repetition)
                                for family in ("throughput", "latency")
                                for transport, options in (("pipe", ""), ("memfd_ring", "wait=spin"), ("memcpy_two_copies", ""))
                                if (family, transport) != ("latency", "memcpy_two_copies")
                                for size in ("1", "65536") for repetition in "01"))
        for row in rows:
            self.assertEqual((row["memory"], row["placement"], row["error"]), ("hot", "free", ""))
            trips = 2 if row["family"] == "latency" else 1
            self.assertAlmostEqual(float(row["messages_per_s"]) * float(row["real_time_s"]), 1, places=5)
            self.assertAlmostEqual(float(row["bytes_per_s"]),
                                   trips * float(row["bytes"]) * float(row["messages_per_s"]), delta=1 + float(row["bytes_per_s"]) / 1e6)
            self.assertEqual(bool(row["latency_p50_s"]), row["family"] == "latency")
            self.assertEqual(bool(row["latency_p99_s"]), row["family"] == "latency" and int(row["iterations"]) >= 100)
        for word in ("throughput, memory hot, placement free", "latency, memory hot, placement free: p50",
                     "memfd_ring wait=spin", "64 KiB", "out/micro.csv"):
            self.assertIn(word, done.stdout)

        written = json.loads((self.out / "micro.json").read_text())
        self.assertIsInstance(written["context"]["caches"], list)
        report = compare(self.out / "micro.json", self.out / "micro.json")
        self.assertIn("throughput/transport:pipe/bytes:65536/memory:hot/placement:free/manual_time", report)
        self.refused("micro", *TINY, says=("out/micro.json", "--output"))

    def test_a_directory_that_is_somebody_elses_is_refused(self):
        (self.work / "out").mkdir()
        self.write("out/notes.txt", "mine")
        self.refused("micro", *TINY, says=("out holds notes.txt", "--output"))

    def test_kernels(self):
        self.run_program("micro", "--measure", "kernels", "--min-time", "1ms", "--repetitions", "1", "-q", "--output", "out")
        rows = rows_of(self.out / "micro.csv")
        self.assertEqual({row["family"] for row in rows}, {"parse", "sort", "merge", "merge_library", "copy"})
        for row in rows:
            self.assertEqual((row["transport"], row["error"]), ("", ""))
            if row["family"] != "copy":
                self.assertAlmostEqual(float(row["numbers_per_s"]) * float(row["real_time_s"]), float(row["numbers"]),
                                       delta=float(row["numbers"]) * 1e-3)

    def test_a_new_directory_below_results(self):
        words = ("--measure", "throughput", "--transports", "pipe", "--sizes", "1K", "--placement", "same")
        self.run_program("micro", *words, "--min-time", "1ms", "-q")
        [directory] = (self.work / "results").iterdir()
        self.assertEqual(sorted(path.name for path in directory.iterdir()), ["meta.json", "micro.csv", "micro.json", "micro_findings.json", "micro_summary.csv",
                          "schema.json"])
        self.refused("report", says="no sweep")  # it is none

    def test_what_cannot_be_is_refused(self):
        for words, says in ((("--transports", "pip"), ("'pip'", "did you mean pipe?")),
                            (("--transports", "null"), ("null", "does not send")),
                            (("--transports", "serial"), ("serial",)),
                            (("--transports", "pipe:capacity=lots"), ("capacity",)),
                            (("--sizes", "0"), ("'0'", "1 to 64M")), (("--sizes", "1G"), ("'1G'",)),
                            (("--sizes", "1,,2"), ("''",)), (("--sizes", "x"), ("'x'",)),
                            (("--memory", "warm"), ("'warm'", "hot, stream, cold")),
                            (("--placement", "far"), ("'far'", "same, cross, free")),
                            (("--measure", "speed"), ("'speed'", "throughput, latency, kernels")),
                            (("--min-time", "1h"), ("1h",)), (("--min-time", "0"), ("min-time",)),
                            (("--repetitions", "0"), ("repetitions",)), (("--numbers", "0"), ("--numbers", "100M")), (("--output", ""), ("--output",)),
                            (("--output", "/dev/null/x"), ("/dev/null/x",))):
            with self.subTest(words):
                self.refused("micro", *words, says=says)
        self.assertEqual(list(self.work.iterdir()), [])

    def test_without_the_benchmark_program(self):
        (self.root / "bin").mkdir()
        program = shutil.copy(PROGRAM, self.root / "bin/ipcsort")
        said = self.refused("micro", "--list", program=program, says=("IPCSORT_BUILD_MICRO", "bin/micro", "libexec/ipcsort/micro"))
        self.assertIn(str(self.root), said)
        libexec = self.root / "libexec/ipcsort"
        libexec.mkdir(parents=True)
        shutil.copy(os.path.join(os.path.dirname(PROGRAM), "micro"), libexec)
        self.assertIn("pipe", self.run_program("micro", "--list", program=program).stdout)

    def test_cross_needs_two_cpus(self):
        words = ("--measure", "throughput", "--transports", "pipe", "--sizes", "64", "--list")
        one_cpu = ["taskset", "-c", str(min(os.sched_getaffinity(0))), PROGRAM, "micro", *words]
        done = subprocess.run([*one_cpu, "--placement", "cross,same"], capture_output=True, text=True,
                              env=self.environment(), check=True)
        self.assertIn("placement cross is skipped: this process may use one CPU only", done.stderr)
        self.assertNotIn("cross", done.stdout)
        done = subprocess.run([*one_cpu, "--placement", "cross"], capture_output=True, text=True, env=self.environment())
        self.assertEqual((done.returncode, done.stdout), (3, ""))

    def test_an_interrupt_before_the_first_figure_keeps_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                shutil.rmtree(self.out, ignore_errors=True)
                process = self.start("micro", "--measure", "throughput", "--transports", "pipe", "--sizes", "64,1K",
                                     "--placement", "free", "--min-time", "5s", "--repetitions", "9", "--output", "out")
                self.wait_until(lambda: (self.out / "micro.json").exists() and (self.out / "micro.json").stat().st_size > 0,
                                "the benchmark program has begun")
                process.send_signal(number)
                _, said = process.communicate()
                self.assertEqual(process.returncode, 128 + number, said)
                self.assertIn("interrupted before anything was measured; nothing was kept", said)
                self.assertNotIn("ERROR", said)  # no line for each of what was not made
                self.assertFalse(self.out.exists())

    def test_an_interrupt_between_repetitions_keeps_those_before(self):
        process = self.start("micro", "--measure", "throughput", "--transports", "pipe", "--sizes", "64", "--placement",
                             "free", "--min-time", "10ms", "--repetitions", "1000", "--quiet", "--output", "out")
        # Each measurement has two processes of its own; before the first repetition there are some to find out how many
        # messages it takes.
        seen = set()
        def enough():
            seen.update(processes_of(str(self.root)))
            return len(seen) >= 100 or process.poll() is not None
        self.wait_until(enough, "a few repetitions of both benchmarks were made")
        process.send_signal(signal.SIGINT)
        table, said = process.communicate()
        self.assertEqual(process.returncode, 130, said)
        self.assertNotIn("interrupted", table)
        rows = rows_of(self.out / "micro.csv")
        self.assertGreater(len([row for row in rows if not row["error"]]), 2)
        self.assertGreater(len([row for row in rows if row["error"] == "interrupted"]), 2)

    def test_a_repetition_that_fails_fails_the_later_ones(self):
        process = self.start("micro", "--measure", "throughput", "--transports", "pipe", "--sizes", "64", "--placement",
                             "free", "--min-time", "1s", "--repetitions", "3", "--quiet", "--output", "out")
        # In the first repetition of the ceiling, whose messages come first.
        self.wait_until(lambda: self.kill_a_measuring_process() or process.poll() is not None, "a process to kill")
        _, said = process.communicate()
        self.assertEqual(process.returncode, 3, said)
        self.assertIn("3 of 6 rows have no figures but an error", said)
        rows = rows_of(self.out / "micro.csv")
        self.assertEqual({(row["transport"], row["error"]) for row in rows},
                         {("memcpy_two_copies", "the process killed by signal 9 (SIGKILL)"), ("pipe", "")})
        json.loads((self.out / "micro.json").read_text())

    def kill_a_measuring_process(self):
        """The benchmark program forks a process for each measurement, and that one the other side."""
        parents = {pid: parent_of(pid) for pid in processes_of(str(self.root), "micro")}
        for pid, parent in parents.items():
            if parent in parents and parents[parent] not in parents:
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def test_formats(self):
        words = ("micro", "--measure", "throughput", "--transports", "pipe", "--sizes", "4K", "--placement", "free",
                 "--min-time", "1ms", "--repetitions", "2", "--quiet", "--output")
        text = self.run_program(*words, "out", "--format", "csv").stdout
        self.assertEqual(text, (self.out / "micro.csv").read_text())
        listed = json.loads(self.run_program(*words, "json", "--format", "json").stdout)
        self.assertEqual([(row["bytes"], row["repetition"]) for row in listed], [(4096, 0), (4096, 1)] * 2)
        page = self.run_program(*words, "page", "--format", "markdown").stdout
        self.assertTrue(page.startswith("### throughput, memory hot, placement free\n\n| transport | 4 KiB |\n|---|---:|\n"))


if __name__ == "__main__":
    unittest.main()
