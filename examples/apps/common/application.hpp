// SPDX-License-Identifier: Apache-2.0
// apps/common/application.hpp - what an application is, and the main function all of them share.
//
// Each of the five applications is a real system somebody runs on a broker, a stream
// processor and an analytical database, here in one process. It says what it reads,
// what it keeps and what it reports; everything around that is the same for all:
//
//   command line ──> inputs ──> [ build: streams ──> tables ] ──run──> --sql QUERY, or [ report ]
//                       │                                    └──> dead letters, --stats
//                       └──> --write-input
//
// A new application is a folder of four files, named for what they hold: its main, its
// pipeline, its generator, its report; and a header they share. `org_actions` is the one to
// copy. What all of them do with odd input stands in docs/apps.md.
//
// Exit status: 0 for success, 1 when running failed, 2 when the command line is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <oriel/stream/pipeline.hpp>

#include "common/report_page.hpp"
#include "common/streams.hpp"

namespace apps {

/// One application.
struct application {
  std::string name;
  std::string summary;                                ///< a sentence or two for --help
  std::vector<any_stream> streams;                    ///< events at the same time go in this order
  std::uint64_t default_events = 100'000;             ///< made up when the user names neither input nor number
  void (*build)(oriel::pipeline& p, const inputs& in);  ///< declares the streams in the order of `streams`
  void (*report)(report_page& page);                  ///< what is printed without --sql
};

/// The rest of `main`. Results go to standard output, everything else to standard error; throws nothing.
int run(const application& app, int argc, const char* const* argv);

}  // namespace apps
