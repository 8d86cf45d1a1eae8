# Run as a test when no Python can draw: a missing tool fails, it is never skipped in silence.
message(FATAL_ERROR "plots: no Python with matplotlib was found (tried: ${TRIED}). "
                    "Install python3-matplotlib, or configure with -DIPCSORT_PYTHON=/path/to/python3.")
