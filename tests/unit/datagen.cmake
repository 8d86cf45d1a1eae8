ipcsort_test(NAME unit_datagen
             SOURCES datagen_fingerprint_test.cpp datagen_format_test.cpp datagen_segment_test.cpp
                     datagen_hostile_file_test.cpp datagen_distribution_test.cpp datagen_writer_test.cpp
                     datagen_cache_test.cpp
             LIBS ipcsort_datagen LABELS unit)
