"""scripts/performance: what it measures, the figures it computes, and that it goes on where it was interrupted."""

import json
import signal
import subprocess
import unittest

from support import HANG_LIMIT_S, PROGRAM, ROOT, CliTest

SCRIPT = ROOT / "scripts" / "performance"
RUNS = ("lecture", "--numbers", "40K", "--transports", "pipe,memfd_lend", "--rounds", "1", "--lecture-rounds", "1",
        "--rows", "rows.jsonl", "--profile", "none.json")
MICRO = ("--micro-rounds", "2", "--repetitions", "1", "--min-time", "1ms", "--rows", "rows.jsonl")
CEILINGS = ("ceilings", "--transports", "pipe,memfd_ring:wait=spin", *MICRO)
KERNELS = ("kernels", "--numbers", "10K", *MICRO, "--lecture", "lecture.jsonl")


class Performance(CliTest):
    def performance(self, *words, code=0):
        done = subprocess.run([SCRIPT, *words, "--program", PROGRAM], cwd=self.work, env=self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, code, f"{done.stdout}\n{done.stderr}")
        return done

    def rows(self):
        return [json.loads(line) for line in (self.work / "rows.jsonl").read_text().splitlines()]

    def write_rows(self, rows, name="rows.jsonl"):
        self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def profile(self, **options):
        """A file in the form of ipcsort tune, for `options` of transports."""
        entries = [{"transport": transport, "numbers": 40000, "payload_bytes": 160000, "decision": "tuned",
                    "reason": "", "options": chosen, "default_transfer_s": 0.2, "tuned_transfer_s": 0.1,
                    "gain": None, "worth": [], "race_complete": True, "runs": 8, "runs_disturbed": 0, "repeats": 1,
                    "raced": []}
                   for transport, chosen in options.items()]
        self.write("tuned.json", json.dumps({"kind": "ipcsort profile", "schema": 1, "about": {}, "machine": {},
                                             "workers": 4, "files": 4, "entries": entries}))
        return ("--profile", "tuned.json")

    def test_each_way_is_run_once_a_block(self):
        self.profile(pipe={"capacity": "1M"}, memfd_lend={})
        words = [*RUNS[:-1], "tuned.json", "--rounds", "2"]
        text = self.performance(*words).stdout
        runs = [row for row in self.rows() if row.get("kind") == "run"]
        ways = [("pipe", "default"), ("pipe", "tuned"), ("memfd_lend", "default"), ("memfd_lend", "tuned"),
                ("memfd_lend", "lend")]
        self.assertEqual(sorted((row["block"], row["transport"], row["way"]) for row in runs),
                         sorted([(0, "pipe", "lecture")] * 2 + [(0, "memfd_lend", "lecture")]
                                + [(block, *way) for block in (0, 1) for way in ways]))
        self.assertEqual({row["status"] for row in runs}, {"ok"})
        self.assertEqual(sorted((row["transport"], row["way"]) for row in self.rows() if row.get("kind") == "memory"),
                         sorted([("pipe", "lecture"), *ways]))
        for word in ("| `pipe` | tuned (capacity=1M) | ", "| `memfd_lend` | tuned (the defaults) | ",
                     "| `memfd_lend` | lend | "):
            self.assertIn(word, text)
        rows = self.rows()
        self.assertEqual(self.performance(*words).stdout, text, "again without measuring")
        self.assertEqual(self.rows(), rows)
        self.profile(pipe={"capacity": "2M"})
        self.assertIn("--fresh", self.performance(*words, code=2).stderr)

    def test_what_cannot_be_measured_has_its_reason(self):
        text = self.performance(*RUNS, "--transports", "null").stdout
        for word in ("* `null` lecture, default, tuned: it copies nothing and can only lend",
                     "* tuned: there is no none.json", "| `null` | lend | ", "| `pipe` | lecture | "):
            self.assertIn(word, text)

    def test_figures_are_those_of_the_rows(self):
        self.performance(*RUNS)
        rows = self.rows()
        totals = {("pipe", "lecture"): 8, ("memfd_lend", "lecture"): 16, ("pipe", "default"): 2,
                  ("memfd_lend", "default"): 4, ("memfd_lend", "lend"): 1}
        for row in rows[1:]:
            if row["kind"] == "run":
                row.update(total_s=totals[row["transport"], row["way"]] + 4 * row["again"], merge_s=0.25,
                           faults_minor=77, parent_user_s=1, parent_system_s=2, workers_user_s=3, workers_system_s=0.5)
            elif row["kind"] == "memory":
                row.update(pss_bytes_max=480000000, samples=50)
        self.write_rows(rows)
        text = self.performance(*RUNS).stdout
        self.assertIn("| `pipe` | lecture | 10.000 [8.000 - 12.000] | 1 | ", text)
        self.assertIn("| `pipe` | default | 2.000 [2.000 - 2.000] | 5.00 [5.00 - 5.00] | ", text)
        self.assertRegex(text, r"`memfd_lend` \| lecture \| 16.000 \[16.000 - 16.000\] \| 0.62 "
                               r".*\| 250 \| 6.50 \| 77 \| - \| - \|")
        self.assertRegex(text, r"`memfd_lend` \| lend \| .*\| 250 \| 6.50 \| 77 \| 480 \| 3000.00 \|")
        self.assertIn("looked at 50 to 50 times", text)

        self.write_rows(rows, "lecture.jsonl")  # which the kernels are held against
        (self.work / "rows.jsonl").unlink()
        self.performance(*KERNELS)
        kernels = self.rows()
        for made in kernels[1:]:
            for row in made["rows"]:
                row["numbers_per_s"] = str({"parse": 80000, "sort": 40000, "merge": 160000}.get(row["family"], 1))
        self.write_rows(kernels)
        text = self.performance(*KERNELS).stdout
        cpus = max(int(row["threads"]) for row in kernels[1]["rows"] if row["family"] == "merge")
        bound = 1.5 / cpus + 0.25
        self.assertIn(f"| together: the bound | {bound:.3f} [{bound:.3f} - {bound:.3f}] | 1 |", text)
        self.assertIn(f"| best default: `pipe` | 2.000 | {2 / bound:.2f} |", text)
        self.assertIn(f"| best lend: `memfd_lend` | 1.000 | {1 / bound:.2f} |", text)
        self.assertNotIn("best tuned", text)

    def test_whole_processes(self):
        words = ("whole", "--numbers", "40K", "--rounds", "2", "--rows", "rows.jsonl")
        text = self.performance(*words).stdout
        rows = self.rows()
        ways = {row["way"] for row in rows[1:]}
        self.assertEqual((len(rows), len(ways)), (1 + 2 * 6, 6))
        for row in rows[1:]:
            self.assertEqual(row["own_seconds"] is None, row["way"] == "`sort -n`")
            self.assertLess(row["own_seconds"] or 0, row["seconds"])
            row.update(seconds={"default": 2, "the lecture's program": 18}.get(row["way"], 3) + 2 * row["block"], own_seconds=1.5)
        self.assertEqual(sorted(path.name for path in self.work.iterdir()), ["rows.jsonl"])
        self.assertEqual(self.performance(*words).stdout, text, "again without measuring")
        self.write_rows(rows)
        text = self.performance(*words).stdout
        self.assertIn("| the lecture's program | 19.000 [18.000 - 20.000] | 1 | 1.500 |", text)
        self.assertIn("| default | 3.000 [2.000 - 4.000] | 7.12 [4.75 - 9.50] | 1.500 |", text)

    def test_ceilings(self):
        self.write("peers.csv", "peer,mechanism,ours,measure,message_bytes,status,peer_bytes_per_s_median,ratio_median,"
                   "ratio_min,ratio_max\n"
                   "slow,pipe,pipe,throughput,4096,ok,1e9,2,1,3\nfast,pipe,pipe,throughput,4096,ok,4e9,.5,.25,.75\n"
                   "fast,pipe,pipe,throughput,65536,error,,,,\n")
        words = (*CEILINGS, *self.profile(pipe={"capacity": "1M"}), "--peers", "peers.csv")
        self.performance(*words)
        rows = self.rows()
        self.assertEqual(len(rows), 1 + 2)
        self.assertEqual({(row["transport"], row.get("options", "")) for row in rows[1]["rows"]
                          if row["transport"] != "memcpy_two_copies"},
                         {("pipe", ""), ("pipe", "capacity=1M"), ("memfd_ring", "wait=spin")})
        ceiling = dict(rows[1]["rows"][0], transport="memcpy_two_copies")
        for number, made in enumerate(rows[1:], start=1):
            made["rows"] = [dict(row, bytes_per_s=str({"pipe": 1e9, "memfd_ring": 6e9}[row["transport"]] * number))
                            for row in made["rows"] if row["transport"] != "memcpy_two_copies"]
            made["rows"] += [dict(ceiling, bytes=size, memory=memory, options="", bytes_per_s="4e9")
                             for size in ("4096", "65536", "1048576") for memory in ("hot", "stream")]
        self.write_rows(rows)
        text = self.performance(*words).stdout
        self.assertIn("| `pipe` | " + " | ".join(["1.5 (38 %)"] * 6) + " |", text)
        self.assertIn("| `pipe` capacity=1M (tuned) | 1.5 (38 %)", text)
        self.assertIn("| `memfd_ring` wait=spin | 9 (225 %)", text)
        self.assertIn("| `pipe` | 0.50 [0.25 - 0.75] fast pipe | - | - |", text)
        self.assertIn("| `pipe` capacity=1M (tuned) | ~0.38 fast pipe | - | - |", text)

    def test_the_tables_go_into_their_place(self):
        page = "before\n<!-- lecture: begin -->\nold\n<!-- lecture: end -->\n<!-- kernels: begin -->\n"
        self.write("page.md", page)
        self.performance(*RUNS, "--write", "page.md")
        written = (self.work / "page.md").read_text()
        self.assertTrue(written.startswith("before\n<!-- lecture: begin -->\n\nMeasured "))
        self.assertTrue(written.endswith("\n<!-- lecture: end -->\n<!-- kernels: begin -->\n"))
        self.assertNotIn("old", written)
        self.assertIn("kernels: end", self.performance(*KERNELS, "--fresh", "--write", "page.md", code=2).stderr)
        for part in ("lecture", "whole", "ceilings", "kernels"):
            self.assertEqual((ROOT / "docs" / "performance.md").read_text().count(f"<!-- {part}: begin -->\n"), 1)

    def test_it_goes_on_where_it_was_cut_off(self):
        self.performance(*RUNS)
        rows = self.rows()
        self.write_rows(rows[:5])
        with (self.work / "rows.jsonl").open("a") as file:
            file.write('{"kind": "ru')
        self.performance(*RUNS)
        again = self.rows()
        self.assertEqual(again[:5], rows[:5])

        def order(made):
            return [[row.get(name) for name in ("kind", "block", "transport", "way", "again")] for row in made]
        self.assertEqual(order(again), order(rows))

    def test_an_interruption_leaves_whole_rows_and_no_process(self):
        process = self.start(*RUNS, "--rounds", "100000", "--program", PROGRAM, program=str(SCRIPT))
        path = self.work / "rows.jsonl"
        self.wait_until(lambda: path.exists() and '"kind": "run"' in path.read_text(), "the first row")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=HANG_LIMIT_S), 130)
        self.assertIn("the same command goes on", process.stderr.read())
        self.assertGreater(len(self.rows()), 2)

    def test_wrong_words(self):
        for words, says in (((), "PART"), (("lecture", "--numbers", "1K,2K"), "1K,2K"),
                            (("lecture", "--rounds", "0"), "'0'"),
                            ((*RUNS, "--transports", "pype"), "pype"),
                            ((*CEILINGS, "--transports", "pype"), "pype"),
                            ((*CEILINGS, "--peers", "none.csv"), "none.csv"),
                            ((*KERNELS, "--min-time", "x"), "'x'")):
            self.assertIn(says, self.performance(*words, code=2).stderr)
        self.write("broken.json", "{}")
        self.assertIn("is not a profile", self.performance(*CEILINGS, "--profile", "broken.json", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
