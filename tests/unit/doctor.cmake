ipcsort_test(NAME unit_doctor
             SOURCES doctor_measuring_test.cpp doctor_warnings_test.cpp doctor_activity_test.cpp
             LIBS ipcsort_doctor LABELS unit)
