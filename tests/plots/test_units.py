import unittest

from plots import units


class Units(unittest.TestCase):
    def check(self, function, pairs):
        for value, text in pairs:
            with self.subTest(value=value):
                self.assertEqual(function(value), text)

    def test_sizes_are_binary_where_they_are_whole_and_decimal_elsewhere(self):
        self.check(units.size, [(0, "0 B"), (1, "1 B"), (1023, "1,023 B"), (1024, "1 KiB"), (40_000, "40 kB"),
                                (65536, "64 KiB"), (1536 * 1024, "1,536 KiB"), (2**20 - 1, "1.05 MB"), (2**20, "1 MiB"),
                                (2**25, "32 MiB"), (2**20 + 1, "1.05 MB"), (16_000_000, "16 MB"), (40_000_000, "40 MB"),
                                (999_600_000, "1 GB"), (1_500_000_000, "1.5 GB")])

    def test_seconds_take_the_unit_that_reads_best(self):
        self.check(units.seconds, [(1.5, "1.5 s"), (0.9996, "1 s"), (0.999, "999 ms"), (0.0123, "12.3 ms"),
                                   (0.00099999, "1 ms"), (4.5e-6, "4.5 us"), (120.0, "120 s"), (0.0, "0 us")])
        self.assertEqual(units.seconds(0.039, trim=False), "39.0 ms")

    def test_rates(self):
        self.check(units.rate, [(5.1e9, "5.1 GB/s"), (999.9e6, "1 GB/s"), (42e6, "42 MB/s"), (1500, "1.5 kB/s"),
                                (12, "12 B/s")])

    def test_one_unit_serves_a_whole_chart(self):
        self.assertEqual(units.rate_unit([5e9, 1e9]), ("GB/s", 1e9))
        self.assertEqual(units.rate_unit([5e9, 5e5]), ("MB/s", 1e6))
        self.assertEqual(units.rate_unit([5e9, 5.0]), ("MB/s", 1e6))
        self.assertEqual(units.rate_unit([900.0, 5.0]), ("kB/s", 1e3))

    def test_ratios_never_hide_a_difference(self):
        self.check(units.ratio, [(1.0, "1.000x"), (1.004, "1.004x"), (1.02, "1.02x"), (1.8, "1.8x"), (9.96, "10x"),
                                 (12.4, "12x"), (10_000, "10,000x"), (0.81, "0.81x")])
        self.check(units.exact_ratio, [(1.755, "1.75x"), (0.97, "0.97x"), (12.34, "12.3x")])

    def test_numbers_keep_their_integer_part(self):
        self.check(units.number, [(0, "0"), (9.996, "10"), (12345.6, "12,346"), (0.00123, "0.00123"), (-1.5, "-1.5")])

    def test_percent_and_counts(self):
        self.check(units.percent, [(0, "0 %"), (0.034, "3.4 %"), (0.5, "50 %"), (0.0995, "10 %"), (1.02, "102 %")])
        self.assertEqual(units.count(1, "file"), "1 file")
        self.assertEqual(units.count(1200, "file"), "1,200 files")


if __name__ == "__main__":
    unittest.main()
