"""Charts of an ipcsort result directory.

The package reads RESULT_DIR/summary.csv and meta.json and nothing else. It chooses rows, converts units and draws;
every statistic (median, interval, ratio, tie) is a column that the C++ side computed.
"""
