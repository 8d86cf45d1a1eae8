"""debian.py USR VERSION MAINTAINER: turns what was installed into USR into what a Debian package has there.

Programs are stripped, manual and changelog are compressed, the licence becomes the copyright file, and zsh finds its
completion where packages put theirs. The same files in give the same bytes out.
"""

import gzip
import os
import re
import subprocess
import sys
import textwrap
from email.utils import formatdate
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def date_s():
    """When this version was made: SOURCE_DATE_EPOCH, or the last commit; 1970 outside a checkout."""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(epoch)
    done = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True)
    return int(done.stdout or 0) if done.returncode == 0 else 0


def write(path, data):
    path.write_bytes(data)
    path.chmod(0o644)


def compressed(text):
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def changelog(version, maintainer):
    """CHANGELOG.md as deb-changelog(5) has it."""
    lines = []
    for heading, body in re.findall(r"^## (\S+).*\n((?:(?!## ).*\n)*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE):
        body = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", body).replace("`", "")
        items = [" ".join(item.split()) for item in re.split(r"^\* ", body, flags=re.MULTILINE)]
        lines.append(f"ipcsort ({heading}) unstable; urgency=medium\n")
        lines += [textwrap.fill(item, 79, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False)
                  for item in items if item]
        lines.append(f"\n -- {maintainer}  {formatdate(date_s())}\n")
    if not lines or f"({version})" not in lines[0]:
        sys.exit(f"packaging/debian.py: CHANGELOG.md does not begin with version {version}")
    return "\n".join(lines)


def copyright_text(maintainer):
    """LICENSE in the machine-readable form 1.0."""
    title, owner, text = (ROOT / "LICENSE").read_text().split("\n\n", 2)
    if title != "MIT License":
        sys.exit(f"packaging/debian.py: LICENSE begins with '{title}', not with 'MIT License'")
    body = "\n".join(" " + (line or ".") for line in text.strip().split("\n"))
    return ("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
            f"Upstream-Name: ipcsort\nUpstream-Contact: {maintainer}\n\n"
            f"Files: *\nCopyright: {owner.removeprefix('Copyright (c) ')}\nLicense: Expat\n{body}\n")


def main(usr, version, maintainer):
    programs = [path for folder in ("bin", "libexec") for path in Path(usr, folder).rglob("*") if path.is_file()]
    subprocess.run(["strip", "--strip-unneeded", "--remove-section=.comment", "--", *programs], check=True)
    for directory in (Path(usr), *(path for path in Path(usr).rglob("*") if path.is_dir())):
        directory.chmod(0o755)  # whatever the umask of who packs
    share = Path(usr, "share")
    for page in (share / "man/man1").glob("*.1"):
        write(page.with_name(page.name + ".gz"), compressed(page.read_text()))
        page.unlink()
    documents = share / "doc/ipcsort"
    write(documents / "changelog.gz", compressed(changelog(version, maintainer)))
    write(documents / "copyright", copyright_text(maintainer).encode())
    for told_elsewhere in ("CHANGELOG.md", "LICENSE"):
        (documents / told_elsewhere).unlink()
    (share / "zsh/site-functions").rename(share / "zsh/vendor-completions")


if __name__ == "__main__":
    main(*sys.argv[1:])
