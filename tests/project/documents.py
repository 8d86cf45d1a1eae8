"""Documents that say what the program says must say the same."""
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IPCSORT = os.environ["IPCSORT"]


def sources(*patterns):
    """Files of the project that match, also those that are new and not yet committed."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout.split()
    return [name for name in listed if (ROOT / name).exists()]


class Documents(unittest.TestCase):
    def test_generated_pages_are_what_the_program_says(self):
        with tempfile.TemporaryDirectory() as fresh:
            subprocess.run([ROOT / "scripts/docs", fresh], check=True, capture_output=True)
            for path in sorted(Path(fresh).iterdir()):
                self.assertEqual((ROOT / "docs" / path.name).read_text(), path.read_text(),
                                 f"docs/{path.name} is out of date; run scripts/docs")

    def test_the_schema_that_ships_with_the_charts_is_the_program_s(self):
        text = subprocess.run([IPCSORT, "list", "--columns", "schema"], capture_output=True, text=True, check=True).stdout
        self.assertEqual((ROOT / "plots/schema.json").read_text(), text, "plots/schema.json is out of date; run scripts/docs")

    def test_transports_md_does_not_depend_on_the_machine(self):
        pages = {subprocess.run([IPCSORT, "list", "--format", "markdown"], capture_output=True, text=True, check=True,
                                env={**os.environ, "XDG_RUNTIME_DIR": directory}).stdout
                 for directory in ("/tmp", "/tmp/" + "x" * 100)}
        self.assertEqual(len(pages), 1)

    def test_links_lead_somewhere(self):
        for name in sources("*.md"):
            path = ROOT / name
            for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
                self.assertTrue((path.parent / target).exists(), f"{name} links to {target}")

    def test_readme_names_every_transport_in_its_family(self):
        table = dict(re.findall(r"^\| ([^|`]+) \| (`[^|]+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE))
        listed = subprocess.run([IPCSORT, "list"], capture_output=True, text=True, check=True).stdout
        for heading, lines in re.findall(r"^(\S.*)\n((?:  .*\n)+)", listed, re.MULTILINE):
            names = re.findall(r"^  (\w+)", lines, re.MULTILINE)
            if heading.startswith("To compare with"):
                told = table["references"] + table["calibrations"]
            else:  # what else lends stands behind "and"
                told = table[heading[0].lower() + heading[1:]].split(" and ")[0]
            self.assertEqual(re.findall(r"`(\w+)`", told), names, heading)

    def test_readme_names_every_preset(self):
        readme = (ROOT / "README.md").read_text()
        help_text = subprocess.run([IPCSORT, "sweep", "--help"], capture_output=True, text=True, check=True).stdout
        for preset in re.search(r"--preset WORD\s+(\S+);", help_text).group(1).split("|"):
            self.assertIn(preset, readme)

    def test_the_manual_names_what_is_read_from_the_environment(self):
        read = set()
        for name in sources("sys/*.cpp", "transports/*.cpp", "datagen/*.cpp", "bench/*.cpp"):
            read |= set(re.findall(r'(?:getenv|environment_directory|variable|text)\("([A-Z_]+)"\)', (ROOT / name).read_text()))
        page = subprocess.run([IPCSORT, "manual"], capture_output=True, text=True, check=True).stdout
        told = page[page.index(".SH ENVIRONMENT"):page.index(".SH FILES")]
        self.assertEqual(set(re.findall(r"^\\fB([A-Z_]+)\\fR$", told, re.MULTILINE)), read)

    def test_sources_are_formatted(self):
        version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
        if "version 14." not in version:
            self.skipTest(f"the layout is that of clang-format 14; here is: {version.strip()}")
        result = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources("*.cpp", "*.hpp")], cwd=ROOT,
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr[:2000])


if __name__ == "__main__":
    unittest.main()
