ipcsort_test(NAME unit_tune
             SOURCES tune_apply_test.cpp tune_candidates_test.cpp tune_confirmation_test.cpp tune_profile_test.cpp
                     tune_race_test.cpp tune_tuner_test.cpp
             LIBS ipcsort_tune LABELS unit VALUES)
