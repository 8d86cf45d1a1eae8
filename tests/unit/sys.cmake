ipcsort_test(NAME unit_sys
             SOURCES sys_memory_test.cpp sys_process_test.cpp sys_object_log_test.cpp
             LIBS ipcsort_sys LABELS unit)
