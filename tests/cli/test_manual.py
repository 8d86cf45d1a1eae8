"""The pages of the manual: as complete as --help, and nothing that man or mandoc complains about."""

import re
import subprocess
import unittest

from support import HANG_LIMIT_S, CliTest

SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "OPTIONS", "EXIT STATUS", "SEE ALSO")


class Manual(CliTest):
    def pages(self):
        self.run_program("manual", "--output", "man1")
        return sorted((self.work / "man1").iterdir())

    def commands(self):
        listed = re.search(r"\nCommands:\n((?:  .*\n)+)", self.run_program("--help").stdout)[1]
        return re.findall(r"(?m)^  (\w+)", listed)

    def plain(self, page):
        """As a reader sees it, without the marks of a terminal, in one line."""
        done = subprocess.run(["man", "-E", "UTF-8", "-l", "-Tutf8", page], capture_output=True, text=True, check=True,
                              timeout=HANG_LIMIT_S, env=self.environment())
        return " ".join(re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout).split())

    def test_there_is_a_page_for_each_command_with_all_sections(self):
        names = {"ipcsort.1", *(f"ipcsort-{command}.1" for command in self.commands())}
        self.assertEqual({page.name for page in self.pages()}, names)
        for page in self.pages():
            for section in SECTIONS:
                self.assertIn(f"\n.SH {section}\n", page.read_text(), page.name)
        for section in ("COMMANDS", "ENVIRONMENT", "FILES"):
            self.assertIn(f"\n.SH {section}\n", (self.work / "man1/ipcsort.1").read_text())

    def test_a_page_has_all_options_and_examples_as_they_are_typed(self):
        self.pages()
        for command in self.commands():
            with self.subTest(command):
                text = self.plain(self.work / "man1" / f"ipcsort-{command}.1")
                said = self.run_program(command, "--help").stdout
                wanted = re.findall(r"(?m)^  ((?:-\w, )?--\S+(?: [A-Z]+(?:\.\.\.)?)?)", said)
                wanted += re.findall(r"(?m)^  (ipcsort .*?)(?:  |$)", said)
                self.assertGreater(len(wanted), 1)
                for words in wanted:
                    self.assertIn(f" {words} ", text)

    def test_man_and_mandoc_have_nothing_to_complain_about(self):
        for page in self.pages():
            for check in (["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], ["mandoc", "-Tlint", page]):
                done = subprocess.run(check, capture_output=True, text=True, timeout=HANG_LIMIT_S,
                                      env=self.environment())
                complaints = done.stderr + (done.stdout if check[0] == "mandoc" else "")  # man's is the page
                self.assertEqual((done.returncode, complaints), (0, ""), check)

    def test_one_page_alone(self):
        self.pages()
        for name, words in (("ipcsort.1", ()), ("ipcsort-sweep.1", ("sweep",))):
            self.assertEqual(self.run_program("manual", *words).stdout, (self.work / "man1" / name).read_text())
        self.refused("manual", "swep", says="did you mean sweep?")
        self.refused("manual", "sweep", "--output", "man2", says="--output")
        self.refused("manual", "--output", "", says="--output is empty")


if __name__ == "__main__":
    unittest.main()
