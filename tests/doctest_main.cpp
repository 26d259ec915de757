// SPDX-License-Identifier: Apache-2.0
// tests/doctest_main.cpp - the main function of every doctest program here, compiled once.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
