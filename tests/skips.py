#!/usr/bin/env python3
"""Says how many tests of a suite were skipped, and why.

    tests/skips.py FILE     FILE: what `ctest --output-junit FILE` wrote
"""
import collections
import re
import sys
import xml.etree.ElementTree as ElementTree

# GoogleTest prints "FILE:LINE: Skipped" and then the reason, up to the line that ends the test.
GOOGLE_REASON = re.compile(r"^[^\n]*: Skipped\n(.*?)\n*(?=^\[|\Z|^[^\n]*: Skipped\n)", re.MULTILINE | re.DOTALL)
# unittest prints "test_name ... skipped 'reason'" when it is told to be verbose. CTest then calls the whole run.
UNITTEST_REASON = re.compile(r"\.\.\. skipped ['\"](.*)['\"]$", re.MULTILINE)


def reasons_in(output):
    """The reasons for which one test, or some of its parts, did not run."""
    found = [" ".join(text.split()) for text in GOOGLE_REASON.findall(output)]
    return [text for text in found if text] + UNITTEST_REASON.findall(output)


def skipped(root):
    """Maps each reason to the tests it kept from running."""
    tests_of = collections.defaultdict(list)
    for case in root.iter("testcase"):
        output = case.findtext("system-out") or ""
        # ctest calls a test that it was told not to run "disabled"; one that was skipped has this element.
        element = case.find("skipped")
        is_whole = element is not None or case.get("status") == "notrun"
        if not is_whole and not reasons_in(output):
            continue
        said = element.get("message", "") if element is not None else ""
        for reason in sorted(set(reasons_in(output))) or [said or "no reason given"]:
            tests_of[reason].append(case.get("name"))
    return tests_of


def report(root):
    tests_of = skipped(root)
    tests = {name for names in tests_of.values() for name in names}
    total = sum(1 for _ in root.iter("testcase"))
    lines = [f"{len(tests)} of {total} tests were skipped" + (":" if tests else "")]
    for reason, names in sorted(tests_of.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        lines.append(f"  {len(names)} x {reason}")
    return "\n".join(lines)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    try:
        root = ElementTree.parse(sys.argv[1]).getroot()
    except (OSError, ElementTree.ParseError) as error:
        sys.exit(f"tests/skips.py: {sys.argv[1]}: {error}")
    print(report(root))


if __name__ == "__main__":
    main()
