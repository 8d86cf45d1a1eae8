ipcsort_test(NAME unit_driver
             SOURCES driver_csv_test.cpp driver_findings_test.cpp driver_fingerprint_test.cpp driver_look_test.cpp driver_machine_test.cpp
                     driver_memory_test.cpp
                     driver_micro_rows_test.cpp driver_plan_test.cpp driver_schedule_test.cpp driver_results_test.cpp
                     driver_summary_test.cpp export_name_test.cpp
             LIBS ipcsort_messages ipcsort_sweep ipcsort_export LABELS unit)
