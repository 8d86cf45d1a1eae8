"""Includes follow the arrows of docs/architecture.md, and no folder reaches behind another's back."""
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What the sources below each folder may include, besides their own folder. The longest matching folder counts.
GROUND = ["sys", "datagen"]
MAY_INCLUDE = {
    "sys": [],
    "transports": ["sys"],
    "datagen": ["sys"],
}
# The rooms of bench from the ground up: each sees those before it, and of the transports the contract alone.
ROOMS = ["text", "host", "stats", "pipeline", "cell", "results", "sweep", "doctor", "export", "gate", "tune", "recommend",
         "cli", "messages", "commands"]
for number, room in enumerate(ROOMS):
    MAY_INCLUDE["bench/" + room] = GROUND + ["bench/" + below for below in ROOMS[:number]] + ["transports/transport.hpp"]
MAY_INCLUDE["bench/stats"] = []
MAY_INCLUDE["bench/text"] = MAY_INCLUDE["bench/host"] = ["sys", "bench/text"]
MAY_INCLUDE["bench/pipeline"] = GROUND + ["transports/transport.hpp"]
for room in ("doctor", "cli", "messages", "commands"):  # these have all transports before them
    MAY_INCLUDE["bench/" + room] += ["transports/registry.hpp", "transports/duplex.hpp"]
MAY_INCLUDE["bench/main.cpp"] = GROUND + ["bench/cli", "bench/host", "transports/registry.hpp"]
OURS = ("sys/", "transports/", "datagen/", "bench/", "tests/")


def sources():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cpp", "*.hpp"],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [Path(name) for name in listed if (ROOT / name).exists()]


def folder_of(path):
    matches = [folder for folder in MAY_INCLUDE if str(path) == folder or str(path).startswith(folder + "/")]
    return max(matches, key=len) if matches else None


def includes(path):
    return re.findall(r'^#include "([^"]+)"', (ROOT / path).read_text(), re.MULTILINE)


class Layering(unittest.TestCase):
    def test_includes_follow_the_arrows(self):
        wrong = []
        for path in sources():
            folder = folder_of(path)
            if folder is None:
                self.assertTrue(str(path).startswith("tests/"), f"{path} is in no folder that layering.py knows")
                continue
            allowed = MAY_INCLUDE[folder] + [folder]
            for target in includes(path):
                if not any(target == name or target.startswith(name + "/") for name in allowed):
                    wrong.append(f"{path} includes {target}")
        self.assertEqual(wrong, [])

    def test_own_headers_are_named_from_the_root(self):
        wrong = [f"{path} includes {target}" for path in sources() for target in includes(path)
                 if not target.startswith(OURS)]
        self.assertEqual(wrong, [])

    def test_a_transport_has_one_external_symbol(self):
        for path in sorted((ROOT / "transports").glob("*.cpp")):
            if path.stem in ("builtin", "duplex", "transport"):
                continue
            text = path.read_text()
            outside = text[text.rindex("}  // namespace\n"):]
            self.assertEqual(re.findall(r"^extern constexpr Mechanism (\w+)\{", outside, re.MULTILINE), [path.stem], path)

    def test_every_transport_is_in_the_list(self):
        listed = set(re.findall(r"X\((\w+)\)", (ROOT / "transports/builtin.cpp").read_text()))
        files = {path.stem for path in (ROOT / "transports").glob("*.cpp")} - {"builtin", "duplex", "transport"}
        self.assertEqual(listed - {"X"}, files)


if __name__ == "__main__":
    unittest.main()
