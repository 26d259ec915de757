// SPDX-License-Identifier: Apache-2.0
// oriel/oriel.hpp - what nearly every program needs.
//
// By themselves stand query/rows_as.hpp (answers as structs), table/arrow.hpp and query/arrow.hpp, state/codec.hpp
// (partials as bytes), query/parser.hpp and printer.hpp, and testing/.
//
// Reading order for the curious: core/batch.hpp (what travels), flow/node.hpp (what
// it travels through), stream/stream.hpp (how that is written down), table/table.hpp
// (what remembers), query/sql.hpp (what asks).
#pragma once

#include <boost/describe/class.hpp>

#include <oriel/aggregate/arg_extrema.hpp>
#include <oriel/aggregate/collect.hpp>
#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/distinct.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/first_last.hpp>
#include <oriel/aggregate/funnel.hpp>
#include <oriel/aggregate/funnel_report.hpp>
#include <oriel/aggregate/histogram.hpp>
#include <oriel/aggregate/hyper_log_log.hpp>
#include <oriel/aggregate/mean.hpp>
#include <oriel/aggregate/quantile.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/aggregate/top_k.hpp>
#include <oriel/aggregate/variance.hpp>
#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/result.hpp>
#include <oriel/core/version.hpp>
#include <oriel/io/dead_letters.hpp>
#include <oriel/io/generator.hpp>
#include <oriel/io/json_lines.hpp>
#include <oriel/io/json_lines_sink.hpp>
#include <oriel/io/memory.hpp>
#include <oriel/query/builder.hpp>
#include <oriel/query/format.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/stream/join.hpp>
#include <oriel/stream/pipeline.hpp>
#include <oriel/table/catalog.hpp>
#include <oriel/window/calendar.hpp>
#include <oriel/window/count_window.hpp>
#include <oriel/window/cumulating.hpp>
#include <oriel/window/hopping.hpp>
#include <oriel/window/session.hpp>
#include <oriel/window/sliding.hpp>
#include <oriel/window/trigger.hpp>
#include <oriel/window/tumbling.hpp>
