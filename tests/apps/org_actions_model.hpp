// SPDX-License-Identifier: Apache-2.0
// tests/apps/org_actions_model.hpp - org_actions as anyone would write it down: a map, event by event.
//
// Shares nothing with the library. The model never parses: it knows each event before it
// is written as a line, in one of the many ways JSON has of saying the same, and what
// makes a line malformed. So a mistake in reading cannot hide in both.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace apps_test {

struct org_event {
  std::string event_id, org, user_id, action, device, campaign;  // UTF-8
  double value = 0;
  std::int64_t ts = 0;
};

/// A text of JSON Lines and what is in it.
struct input_file {
  std::string text;
  std::vector<org_event> events;              // in order
  std::vector<std::uint64_t> malformed_lines;  // their numbers, from 1
};

struct input_options {
  std::size_t lines = 1500;
  std::int64_t start = 1'759'586'400'000;
  bool plain = false;  ///< one way of writing, no malformed or blank lines
};

/// Events in order, up to 10 s out of order, later still, at the same time, at the edges of windows.
input_file make_input(std::mt19937_64& random, const input_options& options = {});

/// Writes an event in one of many ways. `lean`: the plainest.
std::string write_event(const org_event& e, std::mt19937_64& random, bool lean = false);

/// What the tables must hold, and what dashboards must be answered.
class org_model {
 public:
  org_model(const std::vector<org_event>& events, std::int64_t now);

  std::uint64_t late() const { return late_; }
  std::size_t windows() const { return windows_.size(); }

  std::vector<std::string> raw_rows() const;     ///< SELECT * FROM rawEvents, as JSON, sorted
  std::vector<std::string> window_rows() const;  ///< SELECT * FROM orgActionAgg, as JSON, sorted

  static const char* const by_org_and_action_sql;
  std::string by_org_and_action() const;
  static const char* const last_ten_minutes_sql;
  std::string last_ten_minutes() const;
  static const char* const newest_windows_sql;
  std::string newest_windows() const;
  static const char* const per_minute_sql;
  std::string per_minute() const;

 private:
  struct totals {
    std::int64_t count = 0;
    double sum = 0;
  };
  using window_key = std::tuple<std::int64_t, std::string, std::string>;  // start, org, action

  static std::string window_row(const window_key& key, const totals& t);

  std::vector<org_event> events_;
  std::int64_t now_;
  std::uint64_t late_ = 0;
  std::map<window_key, totals> windows_;
};

}  // namespace apps_test
