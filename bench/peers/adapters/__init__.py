"""One module a peer. Each has

NAME, PROGRAMS it starts, PACKAGES (Debian) that have them;
version(bench)       what it says its version is
cells(sizes)         what it measures at these message sizes, and beside what of ours
prepare(bench)       once, before its runs; raises Failed when it cannot be used
measure(bench, cell) one run: its Figures, or Failed
"""
