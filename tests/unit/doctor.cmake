ipcsort_test(NAME unit_doctor
             SOURCES doctor_activity_test.cpp doctor_measuring_test.cpp doctor_noise_test.cpp doctor_warnings_test.cpp
             LIBS ipcsort_doctor LABELS unit VALUES)
