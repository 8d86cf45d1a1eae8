# Run by CPack between installing and packing.
execute_process(COMMAND python3 ${CPACK_IPCSORT_SOURCE_DIR}/packaging/debian.py
                        ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr ${CPACK_PACKAGE_VERSION}
                        ${CPACK_PACKAGE_CONTACT}
                COMMAND_ERROR_IS_FATAL ANY)
