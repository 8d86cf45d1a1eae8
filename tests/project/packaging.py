"""What cmake --install puts where, that it works from there, and what the Debian package holds."""
import gzip
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["IPCSORT"]).parent
HANG_LIMIT_S = 600
PAGES = {"ipcsort.1", *(f"ipcsort-{name}.1" for name in (
    "ab", "clean", "compare", "completion", "doctor", "export", "gen", "help", "list", "manual", "micro", "recommend", "report",
    "run", "selftest", "sweep", "tune"))}
# What is for the tests, or lies beside the sources once they were used.
LEFTOVERS = re.compile(r"__pycache__|\.pyc$|\.part$|(^|/)tests?(/|_)|lint\.py")


def run(*words, **how):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG_LIMIT_S, **how)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def files_below(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


class Packaging(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="ipcsort with spaces ")
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)
        self.work = self.scratch / "work"
        self.work.mkdir()
        # Nothing that the program writes goes elsewhere; socket paths must be short.
        runtime = tempfile.TemporaryDirectory(prefix="ipcsort-", dir="/tmp")
        self.addCleanup(runtime.cleanup)
        self.environment = {**{name: value for name, value in os.environ.items() if not name.startswith("IPCSORT")},
                            "XDG_CACHE_HOME": str(self.scratch / "cache"), "XDG_RUNTIME_DIR": runtime.name}
        if "IPCSORT_PYTHON" in os.environ:
            self.environment["IPCSORT_PYTHON"] = os.environ["IPCSORT_PYTHON"]

    def install(self):
        prefix = self.scratch / "a prefix"
        run("cmake", "--install", BUILD, "--prefix", prefix)
        return prefix

    def ipcsort(self, prefix, *words):
        return run(prefix / "bin/ipcsort", *words, cwd=self.work, env=self.environment)

    def test_everything_is_in_its_place(self):
        prefix = self.install()
        there = files_below(prefix)
        self.assertEqual({name.removeprefix("share/man/man1/") for name in there if name.startswith("share/man/")}, PAGES)
        tracked = run("git", "ls-files", "plots", cwd=ROOT).split()
        wanted = {"bin/ipcsort", "libexec/ipcsort/micro", "share/bash-completion/completions/ipcsort",
                  "share/zsh/site-functions/_ipcsort", "share/fish/vendor_completions.d/ipcsort.fish",
                  *(f"share/doc/ipcsort/{name}" for name in ("README.md", "LICENSE", "CHANGELOG.md", "docs/csv.md")),
                  *(f"share/ipcsort/{name}" for name in tracked if not LEFTOVERS.search(name))}
        self.assertLessEqual(wanted, there)
        self.assertEqual({name for name in there if LEFTOVERS.search(name)}, set())

    def test_it_works_from_there(self):
        prefix = self.install()
        (self.work / "plots.py").write_text("raise SystemExit('not the package that was installed')\n")
        (prefix / "plots").mkdir()
        (prefix / "plots/__main__.py").write_text("raise SystemExit('not this one either')\n")
        self.ipcsort(prefix, "sweep", "--preset", "smoke", "--transports", "pipe,fifo", "--handover", "copy", "--no-charts",
                     "--output", "a sweep")
        self.assertFalse((self.work / "a sweep/charts").exists())
        self.ipcsort(prefix, "report", "a sweep")
        self.assertIn(b"<svg", (self.work / "a sweep/charts/throughput.svg").read_bytes())
        self.assertIn("pipe", self.ipcsort(prefix, "micro", "--list", "--measure", "latency", "--transports", "pipe"))
        self.assertEqual({name for name in files_below(prefix) if LEFTOVERS.search(name)}, set())
        script = (prefix / "share/bash-completion/completions/ipcsort").read_text()
        self.assertEqual(script, self.ipcsort(prefix, "completion", "bash"))

    def test_destdir(self):
        run("cmake", "--install", BUILD, "--prefix", "/opt/a b", env={**os.environ, "DESTDIR": str(self.scratch / "root")})
        self.assertTrue(os.access(self.scratch / "root/opt/a b/bin/ipcsort", os.X_OK))

    @unittest.skipUnless(shutil.which("dpkg-deb"), "this is not a Debian system")
    def test_debian_package(self):
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", self.scratch, umask=0o077)
        (package,) = self.scratch.glob("*.deb")
        control = dict(re.findall(r"^ ([A-Z][\w-]*): (.*)$", run("dpkg-deb", "-I", package), re.MULTILINE))
        self.assertEqual((control["Package"], control["Section"]), ("ipcsort", "utils"))
        self.assertIn(f"ipcsort {control['Version']} ", run(os.environ["IPCSORT"], "--version"))
        self.assertLessEqual({"python3", "python3-jinja2", "python3-matplotlib", "libc6", "liburing2"},
                             {part.split()[0] for part in control["Depends"].split(", ")})

        root = self.scratch / "unpacked"
        run("dpkg-deb", "-x", package, root)
        there = files_below(root / "usr")
        for name in ("bin/ipcsort", "libexec/ipcsort/micro", "share/ipcsort/plots/__main__.py",
                     "share/doc/ipcsort/copyright", "share/doc/ipcsort/changelog.gz",
                     "share/zsh/vendor-completions/_ipcsort", *(f"share/man/man1/{page}.gz" for page in PAGES)):
            self.assertIn(name, there)
        self.assertEqual({name for name in there if LEFTOVERS.search(name)}, set())
        self.assertEqual({path.stat().st_mode & 0o777 for path in (root / "usr").rglob("*") if path.is_dir()}, {0o755})
        for name in there:
            mode = (root / "usr" / name).stat().st_mode & 0o777
            self.assertEqual(mode, 0o755 if name in ("bin/ipcsort", "libexec/ipcsort/micro") else 0o644, name)
            if name.endswith(".gz"):  # the time in the header is 0, as gzip -n has it
                self.assertEqual((root / "usr" / name).read_bytes()[4:8], bytes(4), name)
        self.assertNotIn("symtab", run("readelf", "--sections", "--wide", root / "usr/bin/ipcsort"), "stripped")
        unpacked = root / "changelog"
        unpacked.write_bytes(gzip.decompress((root / "usr/share/doc/ipcsort/changelog.gz").read_bytes()))
        changes = run("dpkg-parsechangelog", "-l", unpacked, "--show-field", "Version")
        self.assertEqual(changes.strip(), control["Version"])


if __name__ == "__main__":
    unittest.main()
