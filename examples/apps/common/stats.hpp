// SPDX-License-Identifier: Apache-2.0
// apps/common/stats.hpp - what --stats prints.
#pragma once

#include <span>
#include <string>

#include <oriel/flow/graph.hpp>
#include <oriel/table/catalog.hpp>

#include "common/streams.hpp"

namespace apps {

/// {"streams":{"<stream>":{"in":n,"malformed":n}},"late":n,"duplicates":n,"tables":{"<table>":rows},"seconds":s}
///
/// `in` counts lines that are not blank, malformed ones included; an event whose time is impossible is malformed
/// as well. `late` sums what every operator found too late. `duplicates` sums what operators dropped as seen
/// before; older versions of a row, which tables drop, are no duplicates.
std::string describe_run(const oriel::graph& operators, const oriel::catalog& tables,
                         std::span<const any_stream> streams, double seconds);

}  // namespace apps
