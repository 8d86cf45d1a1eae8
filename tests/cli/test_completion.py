"""What `ipcsort complete` offers, and the scripts of `ipcsort completion`, asked in the shells themselves."""

import contextlib
import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from support import HANG_LIMIT_S, PROGRAM, CliTest

# What is typed, and what must then stand there, or be offered; None: nothing may be offered. A slash after a directory
# is the shell's own.
QUESTIONS = (("ipcsort swe", {"sweep"}), ("ipcsort sweep --pres", {"--preset"}),
             ("ipcsort sweep --preset ", {"smoke", "quick", "ci", "full", "lecture"}),
             ("ipcsort sweep --preset=sm", {"smoke"}), ("ipcsort run --sorter vq", {"vqsort"}),
             ("ipcsort sweep --handover copy,", {"copy,lend"}), ("ipcsort sweep --transports pipe,fif", {"pipe,fifo"}),
             ("ipcsort sweep --transports fifo,pipe:capa", {"fifo,pipe:capacity="}),
             ("ipcsort sweep --transports mmap_flags:wait=sp", {"mmap_flags:wait=spin"}),
             ("ipcsort report resu", {"results"}), ("ipcsort sweep --input words ot", {"other"}),
             ("ipcsort ab --baseline ot", {"other"}), ("ipcsort sweep --profile tun", {"tuned"}),
             ("ipcsort list memfd_ri", {"memfd_ring"}), ("ipcsort help selft", {"selftest"}),
             ("ipcsort completion fi", {"fish"}), ("ipcsort run --workers 1", None))

BASH = r"""source completion
for line in "$@"; do
  COMP_LINE=$line COMP_POINT=${#line}
  _ipcsort
  (IFS='|'; echo "${COMPREPLY[*]}")
done
"""
FISH = """source completion
for line in $argv
  complete -C $line
  echo END
end
"""


class Completion(CliTest):
    def setUp(self):
        super().setUp()
        (self.work / "results").mkdir()
        for name in ("words", "other"):
            self.write(name, "1\n")

    def script(self, shell, name="completion"):
        return self.write(name, self.run_program("completion", shell).stdout)

    def asking(self, **more):
        """The environment of a shell whose ipcsort is the one to be tested."""
        return self.environment(HOME=str(self.root), PATH=f"{Path(PROGRAM).parent}:{os.environ['PATH']}", **more)

    def shell(self, *words):
        done = subprocess.run(words, cwd=self.work, env=self.asking(), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=HANG_LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout

    def check(self, line, offered, wanted, behind=lambda word: word):
        if wanted is None:
            self.assertEqual(offered, set(), line)
        else:
            self.assertEqual(offered, {behind(word) for word in wanted}, line)

    def test_candidates_say_what_they_mean(self):
        for words, wanted in (((), "tune\tthe best options of each transport"),
                              (("sweep", "--see"), "--seed\tof the order of the runs (1)\n"),
                              (("run", "--transports", "pipe:cap"), "pipe:capacity=\t"),
                              (("report", "resu"), ":files\n"), (("report", "--output="), ":directories\n")):
            self.assertIn(wanted, self.run_program("complete", *words).stdout, words)

    def test_what_is_not_known_has_no_candidates(self):
        for words in (("no-such", ""), ("sweep", "--no-such="), ("sweep", "--no-such", ""), ("run", "--workers", ""),
                      ("run", "--transports", "no-such:"), ("sweep", "--quiet=")):
            self.assertEqual(self.run_program("complete", *words).stdout, "", words)

    def test_bash(self):
        self.script("bash")
        answers = self.shell("bash", "--norc", "-c", BASH, "bash", *(line for line, _ in QUESTIONS)).split("\n")
        for (line, wanted), answer in zip(QUESTIONS, answers):
            # readline keeps what stands before the last : or =.
            self.check(line, set(answer.split("|")) - {""}, wanted,
                       lambda word, typed=line.split()[-1]: word if "=" in word[-1] and ":" not in typed else
                       re.sub(r"^.*[:=](?=.)", "", word))

    def test_bash_offers_every_command_and_option(self):
        self.script("bash")
        overview = self.run_program("--help").stdout
        commands = re.findall(r"(?m)^  (\w+)", re.search(r"\nCommands:\n((?:  .*\n)+)", overview)[1])
        lines = ["ipcsort ", *(f"ipcsort {command} -" for command in commands)]
        answers = self.shell("bash", "--norc", "-c", BASH, "bash", *lines).splitlines()
        self.assertEqual(answers[0].split("|"), [*commands, "--help", "--version"])
        for command, answer in zip(commands, answers[1:]):
            options = re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", self.run_program(command, "--help").stdout)
            self.assertEqual(answer.split("|"), options, command)

    def test_bash_knows_all_transports(self):
        self.script("bash")
        answer = self.shell("bash", "--norc", "-c", BASH, "bash", "ipcsort run --transports ").strip()
        self.assertEqual(set(answer.split("|")) - {"all"},
                         {entry["name"] for entry in self.entries() if entry["kind"] == "transport"})

    @unittest.skipUnless(shutil.which("fish"), "there is no fish")
    def test_fish(self):
        self.script("fish")
        self.shell("fish", "--no-execute", "completion")
        answers = self.shell("fish", "--no-config", "-c", FISH, *(line for line, _ in QUESTIONS)).split("END\n")
        self.assertEqual(len(answers), len(QUESTIONS) + 1)
        for (line, wanted), answer in zip(QUESTIONS, answers):
            offered = {candidate.split("\t")[0].rstrip("/") for candidate in answer.splitlines()}
            prefix = "--preset=" if "--preset=" in line else ""
            self.check(line, offered, wanted, lambda word, prefix=prefix: prefix + word)

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh(self):
        path = self.work / "functions"
        path.mkdir()
        self.script("zsh", "functions/_ipcsort")
        self.shell("zsh", "-n", "functions/_ipcsort")
        ask = Zsh(self, path)
        for line, wanted in QUESTIONS:
            if wanted is None or len(wanted) > 1:
                continue  # shown as a list: one that stands in the line is enough to see that it works
            typed = line[:line.rindex("=" if "=" in line and ":" not in line else " ") + 1]
            (word,) = wanted
            with self.subTest(line):
                self.assertEqual(ask.completed(line).rstrip(" =/"), (typed + word).rstrip("="))


class Zsh:
    """An interactive zsh in which a line is typed and Tab is pressed."""

    def __init__(self, test, functions):
        self.test = test
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(test.work)
            os.execvpe("zsh", ["zsh", "-f", "-i"], test.asking(TERM="dumb", PS1="> "))
        test.addCleanup(self.end, pid)
        # ^T prints the line as it stands and clears it.
        self.send(f"fpath=({functions} $fpath); autoload -Uz compinit && compinit -u -D; "
                  "show() { print -r -- \"<$BUFFER>\"; BUFFER=; }; zle -N show; bindkey '^T' show; print 'rea''dy'\n")
        self.until(r"\bready\r")

    def completed(self, line):
        self.send(line + "\t\x14")
        return self.until(r"<(ipcsort [^>]*)>")[1]

    def send(self, text):
        os.write(self.terminal, text.encode())

    def until(self, pattern):
        text, end = "", time.monotonic() + HANG_LIMIT_S
        while not (found := re.search(pattern, text)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            self.test.assertTrue(ready, f"zsh did not say {pattern}: {text!r}")
            text += os.read(self.terminal, 65536).decode(errors="replace")
        return found

    def end(self, pid):
        os.close(self.terminal)
        with contextlib.suppress(ChildProcessError):
            os.kill(pid, 9)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    unittest.main()
