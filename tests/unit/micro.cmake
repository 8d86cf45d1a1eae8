if(IPCSORT_BUILD_MICRO)
  ipcsort_test(NAME unit_micro
               SOURCES micro_exchange_test.cpp micro_message_test.cpp
               LIBS ipcsort_micro ipcsort_transports LABELS unit)
endif()
