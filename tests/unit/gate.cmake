ipcsort_test(NAME unit_gate
             SOURCES gate_verdict_test.cpp
             LIBS ipcsort_gate Boost::headers TIMEOUT 60 LABELS unit)
