# Run at every build: asks git what is being built and rewrites the file only when the answer changed.
execute_process(COMMAND git -C ${SOURCE_DIR} rev-parse --short=12 HEAD OUTPUT_VARIABLE IPCSORT_GIT_COMMIT
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
set(IPCSORT_GIT_DIRTY false)
if(failed)
  set(IPCSORT_GIT_COMMIT unknown)
  set(IPCSORT_COMMIT_DATE unknown)
else()
  execute_process(COMMAND git -C ${SOURCE_DIR} log -1 --format=%cs OUTPUT_VARIABLE IPCSORT_COMMIT_DATE
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND git -C ${SOURCE_DIR} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes)
  if(changes)
    set(IPCSORT_GIT_DIRTY true)
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
