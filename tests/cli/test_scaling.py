"""scripts/scaling: the slopes it computes, the tables it writes, and that it goes on where it was interrupted."""

import json
import signal
import subprocess
import unittest

from support import HANG_LIMIT_S, PROGRAM, ROOT, CliTest

SMALL = ("--subjects", "pipe,memfd_lend lend", "--numbers", "1K,2K,4K", "--files", "1,2", "--workers", "1,3", "--base",
         "2K:2:1", "--rounds", "2", "--rows", "rows.jsonl")
POINTS = 3 + 1 + 1  # two of the axes share their base
SUBJECTS = 2


class Scaling(CliTest):
    def scaling(self, *words, code=0, program=PROGRAM):
        done = subprocess.run([ROOT / "scripts" / "scaling", "--program", program, *words], cwd=self.work,
                              env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, code, f"{done.stdout}\n{done.stderr}")
        return done

    def rows(self):
        return [json.loads(line) for line in (self.work / "rows.jsonl").read_text().splitlines()]

    def runs(self):
        return [row for row in self.rows()[1:] if row["kind"] == "run"]

    def write_rows(self, rows):
        self.write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def test_all_is_measured_once_and_kept(self):
        text = self.scaling(*SMALL).stdout
        rows = self.rows()
        self.assertEqual(len(self.runs()), POINTS * SUBJECTS * 2)
        self.assertEqual({row["status"] for row in self.runs()}, {"ok"})
        for word in ("Time by numbers (2 files, 1 worker)", "| 4K | ", "`memfd_lend` lend", "| slope | ",
                     "Medians of 2 runs"):
            self.assertIn(word, text)
        held = {(tuple(row["subject"]), row["point"][2]): (row["parent"], row["worker"])
                for row in rows[1:] if row["kind"] == "descriptors"}
        # Two more in the parent for each worker: its pidfd and the pipe's end. The worker has the other end.
        self.assertEqual(held[("pipe", "copy"), 3][0] - held[("pipe", "copy"), 1][0], 4)
        self.assertEqual(held[("pipe", "copy"), 3][1], 4)
        self.assertEqual(held[("memfd_lend", "lend"), 3][1], 3)
        self.assertEqual(self.scaling(*SMALL).stdout, text, "again without measuring")
        self.assertEqual(self.rows(), rows)

    def test_it_goes_on_where_it_was_cut_off(self):
        self.scaling(*SMALL)
        rows = self.rows()
        self.write_rows(rows[:-5])
        with (self.work / "rows.jsonl").open("a") as file:
            file.write('{"kind": "ru')
        self.scaling(*SMALL)
        self.assertEqual(self.rows()[:-5], rows[:-5])
        self.assertEqual(len(self.rows()), len(rows))

    def test_slopes_are_those_of_the_figures(self):
        self.scaling(*SMALL)
        rows = self.rows()
        for row in rows[1:]:
            if row["kind"] == "run":
                numbers = row["point"][0] / 1000
                row["total_s"] = 2 * numbers**1.5 if row["subject"][0] == "pipe" else 3 * max(numbers, 2)
        self.write_rows(rows)
        text = self.scaling(*SMALL).stdout
        self.assertIn("| 1K | 2.00 s | 6.00 s |", text)
        self.assertIn("| 2K | 5.66 s (+1.50) | 6.00 s (+0.00) |", text)
        self.assertIn("| 4K | 16.00 s (+1.50) | 12.00 s (+1.00) |", text)
        self.assertIn("| slope | +1.50 | +0.50 |", text)
        self.assertIn("| numbers | `memfd_lend` lend | 2K | +0.00 | +1.00 |", text)

    def test_what_is_refused_has_its_reason(self):
        text = self.scaling("--subjects", "pipe", "--numbers", "1K,100G", "--files", "1", "--workers", "1", "--base",
                            "1K:1:1", "--rounds", "1", "--rows", "rows.jsonl").stdout
        self.assertIn("| 100G | - |", text)
        self.assertIn("`pipe`, 100G numbers, 1 file, 1 worker: refused: pipe, 1 file, 100G numbers, 1 worker, overlap: "
                      "needs up to", text)

    def test_rows_of_something_else_are_not_mixed_in(self):
        self.scaling(*SMALL)
        other = ("--rounds", "2", *SMALL[:-4], "--rows", "rows.jsonl", "--numbers", "1K")
        self.assertIn("--fresh", self.scaling(*other, code=2).stderr)
        self.scaling(*other, "--fresh")
        self.assertEqual({tuple(row["point"]) for row in self.runs()},
                         {(1000, 2, 1), (2000, 1, 1), (2000, 2, 1), (2000, 2, 3)})

    def test_wrong_words(self):
        for words, says in ((("--numbers", "1K,x"), "1K,x"), (("--workers", "0"), "0"), (("--base", "1K:1"), "1K:1"),
                            (("--rounds", "-1"), "-1")):
            self.assertIn(says, self.scaling(*words, code=2).stderr)
        self.assertIn("there is no transport", self.scaling(*SMALL, "--subjects", "pype", code=2).stderr)

    def test_an_interruption_leaves_whole_rows_and_no_process(self):
        process = self.start("--program", PROGRAM, *SMALL[:-4], "--rounds", "100000", "--rows", "rows.jsonl",
                             program=str(ROOT / "scripts" / "scaling"))
        path = self.work / "rows.jsonl"
        self.wait_until(lambda: path.exists() and '"kind": "run"' in path.read_text(), "the first row")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=HANG_LIMIT_S), 130)
        self.assertIn("the same command goes on", process.stderr.read())
        self.assertGreater(len(self.rows()), 1)


if __name__ == "__main__":
    unittest.main()
