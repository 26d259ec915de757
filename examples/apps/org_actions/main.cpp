// SPDX-License-Identifier: Apache-2.0
// apps/org_actions/main.cpp - the command line of this application.
#include "common/application.hpp"
#include "org_actions/org_actions.hpp"

namespace org_actions {
namespace {

const apps::app_stream<org_event> events{"events", make_events};

void connect(oriel::pipeline& p, const apps::inputs& in) { build(p.from(in.of(events)), p.clock()); }

}  // namespace
}  // namespace org_actions

int main(int argc, char** argv) {
  return apps::run({.name = "org_actions",
                    .summary = "what the members of organisations do, event by event and in 5 minute windows.",
                    .streams = {org_actions::events},
                    .default_events = 100'000,
                    .build = org_actions::connect,
                    .report = org_actions::report},
                   argc, argv);
}
