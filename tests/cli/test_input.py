"""ipcsort run --input: the user's own files, good and hostile."""

import os
import shutil
import subprocess
import unittest

from support import HANG_LIMIT_S, PROGRAM, CliTest


class Input(CliTest):
    def measure(self, *files, more=(), code=0):
        return self.run_json("--transports", "pipe", "--workers", "2", "--input", *files, *more, code=code)

    def reject(self, *files, says):
        return self.refused("run", "--transports", "pipe", "--workers", "2", "--input", *files, says=says)

    def test_unusual_but_good(self):
        for name, content, count in (("plain", "1\n2\n3\n", 3), ("blank lines", "\n\n \t\n7\n", 1),
                                     ("no final newline", "1\n2", 2), ("crlf", "1\r\n2\r\n", 2),
                                     ("in a row", "1 2 3", 3), ("limits", "-2147483648\n2147483647\n", 2),
                                     ("zeros", "-0\n000123\n", 2), ("long blank line", " " * 1_000_000 + "5\n", 1),
                                     ("newline\nin name", "1\n", 1)):
            for parser in ("simd", "from_chars", "fscanf"):
                with self.subTest(name, parser=parser):
                    row = self.measure(self.write(name, content), more=("--parser", parser))
                    self.assertEqual((row["status"], row["numbers"], row["distribution"]), ("ok", count, "input"))

    def test_several_files_and_one_file_twice(self):
        a, b, c = self.write("a", "3\n1\n"), self.write("b", ""), self.write("c", "2\n" * 1000)
        for workers in ("1", "2", "7"):
            row = self.run_json("--transports", "pipe", "--workers", workers, "--input", a, b, c)
            self.assertEqual((row["status"], row["files"], row["numbers"]), ("ok", 3, 1002))
        row = self.measure(c, c)
        self.assertEqual((row["status"], row["files"], row["numbers"]), ("ok", 2, 2000))

    def test_hostile_content_is_refused_with_file_and_byte(self):
        for name, content, offset, what in (
                ("bom", b"\xef\xbb\xbf1\n", 0, "byte order mark"), ("nul", b"1\n2\0\n", 2, "\\x00"),
                ("letters", "1\nabc\n", 2, "'abc'"), ("glued letters", "12\n34x\n", 3, "'34x'"),
                ("overflow", "1\n2147483648\n", 2, "range"), ("underflow", "-2147483649\n", 0, "range"),
                ("plus", "7\n+5\n", 2, "'+5'"), ("two minus", "7\n--5\n", 2, "'--5'"), ("minus", "7\n-\n", 2, "'-'"),
                ("hex", "0x10\n", 0, "'0x10'"), ("float", "1\n1.5\n", 2, "'1.5'"), ("exponent", "1e6\n", 0, "'1e6'"),
                ("commas", "1,2,3\n", 0, "'1,2,3'"), ("long line", "1\n" + "1" * (10 << 20), 2, "longer"),
                ("far in", "1\n" * 500_000 + "x\n", 1_000_000, "'x'"), ("utf-16", "1\n".encode("utf-16"), 0, "")):
            for parser in ("simd", "from_chars", "fscanf"):
                with self.subTest(name, parser=parser):
                    self.write(name, content)
                    self.refused("run", "--transports", "pipe", "--parser", parser, "--input", name,
                                 says=(f"{name}: byte {offset}: ", what))

    def test_the_bad_one_of_several_is_named(self):
        self.write("good", "1\n")
        self.write("bad", "1\nx\n")
        self.reject("good", "bad", "good", says=("bad: byte 2", "'x'"))

    def test_what_is_no_file_of_numbers(self):
        (self.work / "directory").mkdir()
        os.mkfifo(self.work / "fifo")
        (self.work / "dangling").symlink_to("nowhere")
        (self.work / "loop").symlink_to("loop")
        for name, what in (("directory", "directory"), ("fifo", "FIFO"), ("/dev/zero", "device"), ("missing", "exist"),
                           ("dangling", "link"), ("loop", "link")):
            with self.subTest(name):
                self.reject(name, says=(f"{name}: ", what))
        self.reject("", says=("--input", "empty name"))

    def test_unreadable(self):
        self.write("secret", "1\n").chmod(0)
        if os.geteuid() != 0:
            self.reject("secret", says=("secret", "ermission"))
            return
        nobody = 65534  # root may read every file
        program = shutil.copy(PROGRAM, self.root)
        self.root.chmod(0o755)
        os.chown(self.runtime, nobody, nobody)
        done = subprocess.run([program, "run", "--transports", "pipe", "--input", "secret"], cwd=self.work, user=nobody,
                              env=self.environment(), capture_output=True, text=True, timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("secret", done.stderr)
        self.assertIn("ermission", done.stderr)

    def test_a_strange_name_cannot_write_to_the_terminal(self):
        self.write("bad\nname\x1b[2J", "x\n")
        said = self.reject("bad\nname\x1b[2J", says=("byte 0", "'x'"))
        self.assertNotIn("\x1b", said)

    def test_the_files_say_what_the_axes_would(self):
        self.write("a", "1\n")
        for option, value in (("--files", "1"), ("--numbers", "1"), ("--distribution", "zipf"), ("--data-seed", "1")):
            self.refused("run", "--transports", "pipe", option, value, "--input", "a", says=(option, "--input"))
        row = self.run_json("--transports", "pipe", "--preset", "lecture", "--input", "a", "a")  # a preset may say more
        self.assertEqual((row["files"], row["numbers"]), (2, 2))

    def test_no_file_at_all(self):
        self.refused("run", "--transports", "pipe", "--input", says="--input")

    def test_what_was_read_once_is_remembered(self):
        path = self.write("large", b"%07d\n" * 140_000 % tuple(range(140_000)))
        small = self.write("small", "1\n")
        memory = self.root / "cache/ipcsort/inputs"

        def change(at):  # at the same size and time
            kept = path.stat()
            with path.open("r+b") as file:
                file.seek(at)
                file.write(b"5")
            os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))

        self.assertEqual(self.measure(path, small)["numbers"], 140_001)
        line = memory.read_text()
        self.assertEqual(line.count("\n"), 1, "small files are not worth a line")
        self.measure(small, path)
        self.assertEqual(memory.read_text(), line)
        memory.write_text("nonsense\n" + line.replace(" ", "  "))  # is ignored, and written anew
        self.measure(path)
        self.assertIn(line, memory.read_text())

        change(2)  # where a sample was taken
        self.measure(path)
        self.assertEqual(memory.read_text().count("\n"), 2)
        change(4098)  # where none was
        error = self.measure(path, code=3)["error"]
        for part in ("wrong result", "large", '"ipcsort clean"'):
            self.assertIn(part, error)
        self.assertIn("removed", self.run_program("clean").stdout)
        self.assertFalse(memory.exists())
        self.measure(path)
        self.measure(path, more=("--cache-dir", self.write("file", "")))  # cannot be a directory: it is read again
        self.measure(path, more=("--cache-dir", self.work / "other"))
        self.assertTrue((self.work / "other/inputs").exists())
        self.run_program("clean", "--cache-dir", self.work / "other")
        self.assertEqual((memory.exists(), (self.work / "other/inputs").exists()), (True, False))


if __name__ == "__main__":
    unittest.main()
