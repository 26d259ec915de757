// SPDX-License-Identifier: Apache-2.0
// tests/apps/org_actions_model.cpp - the model's tables and answers.
#include "apps/org_actions_model.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace apps_test {
namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t window_size = 5 * minute;
constexpr std::int64_t out_of_orderness = 10'000;

std::int64_t floor_to(std::int64_t t, std::int64_t step) {
  const std::int64_t rest = t % step;
  return t - (rest < 0 ? rest + step : rest);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

/// Groups by organisation and action, the largest first.
template <typename Groups>
std::string largest_first(const Groups& groups, const std::string& sum_name) {
  std::vector<std::pair<std::int64_t, std::string>> rows;  // minus the count: the order of the pairs is the answer's
  for (const auto& [key, total] : groups) {
    std::string row = fmt::format("{{\"org\":{},\"action\":{},\"cnt\":{}", quoted(key.first), quoted(key.second),
                                  total.count);
    if (!sum_name.empty()) row += fmt::format(",\"{}\":{}", sum_name, total.sum);
    rows.push_back({-total.count, row + "}\n"});
  }
  // Equal counts keep the order of the map: by org, then action.
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  for (const auto& row : rows) text += row.second;
  return text;
}

}  // namespace

org_model::org_model(const std::vector<org_event>& events, std::int64_t now) : events_(events), now_(now) {
  std::int64_t watermark = std::numeric_limits<std::int64_t>::min();
  for (const org_event& e : events_) {
    const std::int64_t start = floor_to(e.ts, window_size);
    if (start + window_size <= watermark) {
      ++late_;
    } else {
      totals& t = windows_[{start, e.org, e.action}];
      t.count += 1;
      t.sum += e.value;
    }
    watermark = std::max(watermark, e.ts - out_of_orderness);
  }
}

std::vector<std::string> org_model::raw_rows() const {
  std::vector<std::string> rows;
  for (const org_event& e : events_) {
    rows.push_back(fmt::format(
        "{{\"event_id\":{},\"org\":{},\"user_id\":{},\"action\":{},\"device\":{},\"campaign\":{},\"value\":{},"
        "\"ts\":{},\"ingest_time\":{}}}",
        quoted(e.event_id), quoted(e.org), quoted(e.user_id), quoted(e.action), quoted(e.device), quoted(e.campaign),
        e.value, e.ts, now_));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string org_model::window_row(const window_key& key, const totals& t) {
  const auto& [start, org, action] = key;
  return fmt::format(
      "{{\"window_start\":{},\"window_end\":{},\"org\":{},\"action\":{},\"cnt\":{},\"sum_value\":{},\"avg_value\":{}}}",
      start, start + window_size, quoted(org), quoted(action), t.count, t.sum, t.sum / static_cast<double>(t.count));
}

std::vector<std::string> org_model::window_rows() const {
  std::vector<std::string> rows;
  for (const auto& [key, t] : windows_) rows.push_back(window_row(key, t));
  std::sort(rows.begin(), rows.end());
  return rows;
}

const char* const org_model::by_org_and_action_sql =
    "SELECT org, action, SUM(cnt) AS cnt, SUM(sum_value) AS total FROM orgActionAgg "
    "WHERE window_start >= ago('PT1H') GROUP BY org, action ORDER BY cnt DESC, org, action";

std::string org_model::by_org_and_action() const {
  std::map<std::pair<std::string, std::string>, totals> groups;
  for (const auto& [key, t] : windows_) {
    const auto& [start, org, action] = key;
    if (start < now_ - 60 * minute) continue;
    totals& sum = groups[{org, action}];
    sum.count += t.count;
    sum.sum += t.sum;
  }
  return largest_first(groups, "total");
}

const char* const org_model::last_ten_minutes_sql =
    "SELECT org, action, COUNT(*) AS cnt FROM rawEvents WHERE ts > ago('10 minutes') "
    "GROUP BY org, action ORDER BY cnt DESC, org, action;";

std::string org_model::last_ten_minutes() const {
  std::map<std::pair<std::string, std::string>, totals> groups;
  for (const org_event& e : events_) {
    if (e.ts > now_ - 10 * minute) groups[{e.org, e.action}].count += 1;
  }
  return largest_first(groups, "");
}

const char* const org_model::newest_windows_sql =
    "SELECT * FROM orgActionAgg WHERE window_start >= ago('1 hour') "
    "ORDER BY window_start DESC, cnt DESC, org, action";

std::string org_model::newest_windows() const {
  std::vector<std::pair<window_key, totals>> rows;
  for (const auto& row : windows_) {
    if (std::get<0>(row.first) >= now_ - 60 * minute) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(-std::get<0>(a.first), -a.second.count) < std::tuple(-std::get<0>(b.first), -b.second.count);
  });
  std::string text;
  for (const auto& [key, t] : rows) text += window_row(key, t) + "\n";
  return text;
}

const char* const org_model::per_minute_sql =
    "SELECT DATE_TRUNC('minute', ts) AS minute, COUNT(*) AS n, COUNT(DISTINCT user_id) AS users "
    "FROM rawEvents GROUP BY minute ORDER BY minute";

std::string org_model::per_minute() const {
  struct counts {
    std::int64_t events = 0;
    std::map<std::string, int> users;
  };
  std::map<std::int64_t, counts> minutes;
  for (const org_event& e : events_) {
    counts& c = minutes[floor_to(e.ts, minute)];
    c.events += 1;
    c.users[e.user_id] = 1;
  }
  std::string text;
  for (const auto& [start, c] : minutes) {
    text += fmt::format("{{\"minute\":{},\"n\":{},\"users\":{}}}\n", start, c.events, c.users.size());
  }
  return text;
}

}  // namespace apps_test
