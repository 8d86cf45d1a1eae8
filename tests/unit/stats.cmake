ipcsort_test(NAME unit_stats
             SOURCES stats_sample.cpp stats_signed_rank.cpp stats_sign_interval.cpp stats_paired.cpp stats_ranking.cpp
             LIBS ipcsort_stats TIMEOUT 60 LABELS unit)
