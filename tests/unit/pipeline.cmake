ipcsort_test(NAME unit_pipeline
             SOURCES pipeline_partition_test.cpp pipeline_merge_test.cpp pipeline_figures_test.cpp
             LIBS ipcsort_pipeline LABELS unit)
ipcsort_optimise(pipeline_merge_test.cpp)
