ipcsort_test(NAME unit_stats
             SOURCES stats_bootstrap.cpp stats_gate.cpp stats_laws.cpp stats_multiple.cpp stats_paired.cpp stats_precision.cpp
                     stats_ranking.cpp stats_sample.cpp stats_sign_interval.cpp stats_signed_rank.cpp stats_two_sample.cpp
             LIBS ipcsort_stats LABELS unit VALUES)
