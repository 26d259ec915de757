// SPDX-License-Identifier: Apache-2.0
// oriel/core/version.hpp - which Oriel this is: numbers for `#if`, a text for people.
//
// Before 1.0 a minor version may change anything; docs/versioning.md has the policy.
#pragma once

#define ORIEL_VERSION_MAJOR 0
#define ORIEL_VERSION_MINOR 1
#define ORIEL_VERSION_PATCH 0
#define ORIEL_VERSION "0.1.0"
