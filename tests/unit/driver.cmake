ipcsort_test(NAME unit_driver
             SOURCES driver_csv_test.cpp driver_fingerprint_test.cpp driver_plan_test.cpp driver_results_test.cpp
                     driver_schedule_test.cpp driver_summary_test.cpp
             LIBS ipcsort_driver TIMEOUT 60 LABELS unit)
