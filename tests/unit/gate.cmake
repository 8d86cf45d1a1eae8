ipcsort_test(NAME unit_gate
             SOURCES gate_answer_test.cpp gate_compare_test.cpp gate_pairs_test.cpp gate_verdict_test.cpp
             LIBS ipcsort_gate Boost::headers LABELS unit VALUES)
