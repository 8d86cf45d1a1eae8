"""Documents that say what the program says must say the same."""
import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IPCSORT = os.environ["IPCSORT"]


def tracked(*patterns):
    return subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout.split()


class Documents(unittest.TestCase):
    def test_csv_md_holds_the_columns(self):
        text = (ROOT / "docs/csv.md").read_text()
        for file in ("runs", "summary"):
            columns = subprocess.run([IPCSORT, "list", "--columns", file], capture_output=True, text=True,
                                     check=True).stdout
            self.assertIn(columns, text, f"docs/csv.md differs from: ipcsort list --columns {file}")

    def test_links_lead_somewhere(self):
        for name in tracked("*.md"):
            path = ROOT / name
            for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
                self.assertTrue((path.parent / target).exists(), f"{name} links to {target}")

    def test_readme_names_every_transport_and_preset(self):
        readme = (ROOT / "README.md").read_text()
        listed = subprocess.run([IPCSORT, "list", "--format", "csv"], capture_output=True, text=True,
                                check=True).stdout.splitlines()[1:]
        for line in listed:
            self.assertIn(f"`{line.split(',')[0]}`", readme)
        help_text = subprocess.run([IPCSORT, "sweep", "--help"], capture_output=True, text=True, check=True).stdout
        for preset in re.search(r"--preset arg\s+(\S+);", help_text).group(1).split("|"):
            self.assertIn(preset, readme)

    def test_sources_are_formatted(self):
        version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
        if "version 14." not in version:
            self.skipTest(f"the layout is that of clang-format 14; here is: {version.strip()}")
        result = subprocess.run(["clang-format", "--dry-run", "-Werror", *tracked("*.cpp", "*.hpp")], cwd=ROOT,
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr[:2000])


if __name__ == "__main__":
    unittest.main()
