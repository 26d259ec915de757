# SPDX-License-Identifier: Apache-2.0
# install.cmake - installs a build into an empty STAGE, so that nothing old is left in it.
file(REMOVE_RECURSE ${STAGE})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${ORIEL_BUILD} --prefix ${STAGE} COMMAND_ERROR_IS_FATAL ANY)
