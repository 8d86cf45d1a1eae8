"""ipcsort gen: the same options give the same bytes, and nothing is overwritten."""

import hashlib
import signal
import unittest

from support import HANG_LIMIT_S, CliTest

DISTRIBUTIONS = ("uniform", "sorted", "reversed", "nearly-sorted", "few-distinct", "zipf")


class Gen(CliTest):
    def test_bytes_are_the_golden_ones(self):
        lines = []
        for distribution in DISTRIBUTIONS:
            done = self.run_program("gen", "--distribution", distribution, "--files", "3", "--numbers", "1000",
                                    "--data-seed", "7", "--output", distribution)
            files = sorted((self.work / distribution).iterdir())
            self.assertEqual([file.name for file in files], ["0000.txt", "0001.txt", "0002.txt"])
            self.assertEqual([len(file.read_bytes().split()) for file in files], [334, 333, 333])
            self.assertEqual([line.split(": ")[0] for line in done.stdout.splitlines()],
                             [f"{distribution}/{file.name}" for file in files])
            for file in files:
                lines.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {distribution}/{file.name}\n")
        self.golden("gen.sha256", "".join(lines))

    def test_another_seed_gives_other_numbers(self):
        for seed in ("1", "2"):
            self.run_program("gen", "--numbers", "100", "--data-seed", seed, "--output", seed)
        self.assertNotEqual(*((self.work / seed / "0000.txt").read_bytes() for seed in ("1", "2")))

    def test_empty_files_and_more_files_than_numbers(self):
        self.run_program("gen", "--numbers", "2", "--files", "4", "--output", "few")
        sizes = [len(file.read_bytes().split()) for file in sorted((self.work / "few").iterdir())]
        self.assertEqual(sizes, [1, 1, 0, 0])
        self.assertEqual(self.run_json("--transports", "pipe", "--input", *sorted((self.work / "few").iterdir()))
                         ["numbers"], 2)

    def test_existing_files_are_not_touched(self):
        self.run_program("gen", "--numbers", "100", "--output", "data")
        before = (self.work / "data/0000.txt").read_bytes()
        self.refused("gen", "--numbers", "200", "--output", "data", says=("data/0000.txt", "exists"))
        self.assertEqual((self.work / "data/0000.txt").read_bytes(), before)

    def test_an_output_that_is_no_directory(self):
        self.write("file", "")
        for output in ("file", "file/below"):
            self.refused("gen", "--numbers", "10", "--output", output, says=("--output", output, "ot a directory"))
        self.refused("gen", "--numbers", "10", "--output", "", says=("--output", "empty"))
        self.refused("gen", "--numbers", "10", says="--output")

    def test_bad_values(self):
        for option, values in (("numbers", ("-1", "abc", "", "1,2", "1.5", "9" * 30)),
                               ("files", ("0", "-1", "10001", "x", "1,2")),
                               ("data-seed", ("-1", "x", "1K", "9" * 30))):
            for value in values:
                with self.subTest(option=option, value=value):
                    self.refused("gen", "--output", "data", f"--{option}", value, says=f"--{option}")
        self.refused("gen", "--output", "data", "--distribution", "normal", says=("'normal'", *DISTRIBUTIONS))
        self.assertFalse((self.work / "data").exists())

    def test_an_interrupt_leaves_whole_files_only(self):
        process = self.start("gen", "--files", "2", "--numbers", "2G", "--output", "data")
        self.wait_until((self.work / "data/0000.txt").exists, "the first file is begun")
        process.send_signal(signal.SIGINT)
        self.assertIn("interrupted", process.communicate(timeout=HANG_LIMIT_S)[1])
        self.assertEqual(process.returncode, 130)
        self.assertFalse((self.work / "data").exists())

    def test_a_directory_that_is_somebody_elses_is_refused(self):
        (self.work / "data").mkdir()
        self.write("data/notes.txt", "mine")
        self.refused("gen", "--numbers", "10", "--output", "data", says=("data holds notes.txt", "--output"))
        self.refused("gen", "--numbers", "10", "--output", "/", says="/ holds")


if __name__ == "__main__":
    unittest.main()
