"""Charts of what ipcsort measured.

The package reads summary.csv, micro_summary.csv and meta.json of a result directory, and the verdicts of a comparison
in JSON. It chooses rows, converts units and draws; every statistic (median, interval, exponent, tie) is a column that
the C++ side computed.
"""
