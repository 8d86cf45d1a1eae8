"""Charts of ipcsort results, and report.html around them.

The package reads the CSV and JSON files of results and nothing else. It chooses rows, converts units and draws;
every statistic (median, interval, ratio, tie) is a column that the C++ side computed.
"""
