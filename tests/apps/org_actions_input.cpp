// SPDX-License-Identifier: Apache-2.0
// tests/apps/org_actions_input.cpp - events, and the many ways of writing and of spoiling them.
#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "apps/org_actions_model.hpp"

namespace apps_test {
namespace {

using engine = std::mt19937_64;

std::size_t below(engine& random, std::size_t end) { return random() % end; }
bool one_in(engine& random, std::size_t n) { return random() % n == 0; }

template <typename T>
const T& any_of(engine& random, const std::vector<T>& values) {
  return values[below(random, values.size())];
}

const std::vector<std::string> orgs{"acme", "hollow", "nightco", "bö&rse", "\"quoted\\\"", "", "日本", "tab\there"};
const std::vector<std::string> actions{"view", "click", "purchase"};
const std::vector<std::string> texts{"mobile", "desktop", "a/b", "naïve", "\xF0\x9F\x91\x8D",
                                     "line\nfeed", "\x01\x1F\x7F", ""};

/// The code points of a UTF-8 text.
std::vector<std::pair<std::uint32_t, std::string>> code_points(const std::string& text) {
  std::vector<std::pair<std::uint32_t, std::string>> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t point = size == 1 ? first : first & (0xFFu >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
    out.push_back({point, text.substr(i, size)});
    i += size;
  }
  return out;
}

std::string write_text(const std::string& text, engine& random, bool lean) {
  std::string out = "\"";
  for (const auto& [point, bytes] : code_points(text)) {
    const bool must = point < 0x20 || point == '"' || point == '\\';
    if (!must && (lean || !one_in(random, 6))) {
      out += bytes;
    } else if (point == '\n' && one_in(random, 2)) {
      out += "\\n";
    } else if (point == '"' || point == '\\' || point == '/') {
      out += '\\' + bytes;
    } else if (point >= 0x10000) {
      const std::uint32_t above = point - 0x10000;
      out += fmt::format("\\u{:04X}\\u{:04x}", 0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF));
    } else {
      out += fmt::format("\\u{:04x}", point);
    }
  }
  return out + '"';
}

std::string write_time(std::int64_t t, engine& random, bool lean) {
  using namespace std::chrono;
  const std::size_t form = lean ? 1 : below(random, 8);
  if (form == 0) return std::to_string(t);
  const std::int64_t shown = form == 5 ? t + 19'800'000 : form == 6 ? t - 10'800'000 : t;
  const sys_time<milliseconds> at{milliseconds{shown}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const std::int64_t ms = (at - day).count();
  std::string text = fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 form == 2 ? ' ' : 'T', ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60);
  const std::int64_t fraction = ms % 1000;
  if (fraction != 0 || form == 3) text += fmt::format(".{:03}", fraction);
  if (form == 3) text += "999999";  // finer digits are floored
  if (form == 5) return "\"" + text + "+05:30\"";
  if (form == 6) return "\"" + text + "-0300\"";
  return "\"" + text + (form == 4 ? "\"" : "Z\"");
}

std::string write_number(double value, engine& random, bool lean) {
  switch (lean ? 0 : below(random, 4)) {
    case 1: return fmt::format("{:.2f}", value);
    case 2: return fmt::format("{:.9e}", value);
    case 3: return fmt::format("{:.3f}E+0", value);
    default: return fmt::format("{}", value);
  }
}

using members = std::vector<std::pair<std::string, std::string>>;  // key and JSON value

const std::vector<std::string> unknown_values{
    "null", "[]", "{}", "true", "-0.5e-3", "\"}\\\"{\"", "[[[{\"org\":\"no\"}],{\"ts\":[1,2,{\"ts\":null}]}]]",
    "{\"lat\":\"x\",\"attrs\":{\"device\":5}}", "12345678901234567890"};

std::string write_object(members all, engine& random, bool lean) {
  if (!lean) {
    if (one_in(random, 3)) all.push_back({"unknown", any_of(random, unknown_values)});
    if (one_in(random, 5)) all.push_back({"Org", any_of(random, unknown_values)});  // keys are case-sensitive
    std::shuffle(all.begin(), all.end(), random);
  }
  const auto space = [&] { return lean || !one_in(random, 4) ? "" : one_in(random, 2) ? " " : "\t "; };
  std::string out = "{";
  for (std::size_t i = 0; i < all.size(); ++i) {
    out += i > 0 ? "," : "";
    out += space();
    out += "\"" + all[i].first + "\"" + space() + ":" + space() + all[i].second + space();
  }
  return out + "}";
}

/// An event as members, of which `spoil` may change some.
std::string write_members(const org_event& e, engine& random, bool lean, const std::function<void(members&)>& spoil) {
  members geo{{"lat", "52.5"}, {"lon", "-13"}};
  members attrs{{"device", write_text(e.device, random, lean)}, {"campaign", write_text(e.campaign, random, lean)}};
  members all{{"event_id", write_text(e.event_id, random, lean)},
              {"org", write_text(e.org, random, lean)},
              {"user_id", write_text(e.user_id, random, lean)},
              {"geo", {}},
              {"action", write_text(e.action, random, lean)},
              {"value", write_number(e.value, random, lean)},
              {"attrs", {}},
              {"ts", write_time(e.ts, random, lean)}};
  // Spoiled as one list, with the nested members at the end, under their paths.
  for (const members* nested : {&geo, &attrs}) all.insert(all.end(), nested->begin(), nested->end());
  if (spoil) spoil(all);

  const auto take = [&](const std::string& key) {
    members taken;
    for (std::size_t i = 0; i < all.size();) {
      if (all[i].first == key) {
        taken.push_back(all[i]);
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    return taken;
  };
  const auto nest = [&](const std::string& key, std::initializer_list<const char*> inner) {
    members taken;
    for (const char* name : inner) {
      for (auto& m : take(name)) taken.push_back(std::move(m));
    }
    for (auto& m : all) {
      if (m.first == key && m.second.empty()) m.second = write_object(taken, random, lean);
    }
  };
  nest("geo", {"lat", "lon"});
  nest("attrs", {"device", "campaign"});
  return write_object(std::move(all), random, lean);
}

const std::vector<std::string> all_members{"event_id", "org",  "user_id", "geo",    "action",  "value",
                                           "attrs",    "ts",   "lat",     "lon",    "device",  "campaign"};

/// A value a member must not have.
std::string wrong_value(const std::string& member, engine& random) {
  const bool number = member == "value" || member == "lat" || member == "lon";
  if (number) return any_of(random, std::vector<std::string>{"\"1\"", "null", "true", "[1]", "{}", "\"\"", "\"NaN\""});
  if (member == "ts") {
    return any_of(random, std::vector<std::string>{
                              "null", "true", "1759586400000.5", "1.5", "[]", "{}", "\"\"", "\"yesterday\"",
                              "\"2025-02-30T00:00:00Z\"", "\"2025-10-04T25:00:00Z\"", "\"2025-10-04T14:12:08Zulu\"",
                              "\"1759586400000\"", "99999999999999999999", "9223372036854775807"});
  }
  if (member == "geo" || member == "attrs") {
    return any_of(random, std::vector<std::string>{"null", "[]", "\"x\"", "1", "true", "[{\"lat\":1,\"lon\":2}]"});
  }
  return any_of(random, std::vector<std::string>{"null", "1", "1.5", "false", "[\"x\"]", "{\"x\":\"y\"}"});
}

std::string without(const std::string& text, const std::string& part, const std::string& instead) {
  std::string out = text;
  const std::size_t at = out.find(part);
  if (at != out.npos) out.replace(at, part.size(), instead);
  return out;
}

std::string write_malformed(const org_event& e, engine& random) {
  const std::string& member = any_of(random, all_members);
  switch (below(random, 4)) {
    case 0:  // a member is missing
      return write_members(e, random, one_in(random, 2), [&](members& all) {
        std::erase_if(all, [&](const auto& m) { return m.first == member; });
      });
    case 1:  // or has another type
      return write_members(e, random, one_in(random, 2), [&](members& all) {
        for (auto& m : all) {
          if (m.first == member) m.second = wrong_value(member, random);
        }
      });
    case 2: {  // or it is no JSON
      const std::string good = write_event(e, random, true);
      switch (below(random, 14)) {
        case 0: return good.substr(0, 1 + below(random, good.size() - 1));
        case 1: return good + "}";
        case 2: return good + good;
        case 3: return good + ",";
        case 4: return without(good, "{", "{,");
        case 5: return without(good, ",", ",,");
        case 6: return without(good, ":", "=");
        case 7: return without(good, "\"value\":", "\"value\":0");  // 01, 00.5
        case 8: return without(good, "\"value\":", "\"value\":+");
        case 9: return without(good, "\"value\":", "\"value\":NaN,\"v\":");
        case 10: return without(good, "\"lat\":52.5", "\"lat\":52.");
        case 11: return without(good, "\"org\"", "'org'");
        case 12: return without(good, "\"user_id\":\"", "\"user_id\":\"\\q");
        default: return without(good, "\"user_id\":\"", std::string("\"user_id\":\"\x02"));
      }
    }
    default:  // or no object at all
      return any_of(random, std::vector<std::string>{
                                "[]", "null", "true", "0", "-1.5", "\"text\"", "{", "}", "{}", "not JSON", "[1, 2, 3]",
                                "\"open", "\\", "\xFF\xFE", std::string(1, '\0'), "{\"event_id\":\"\xC3\"}",
                                "# comment", "event_id,org,user_id",
                                fmt::format("[{}]", write_event(e, random, true))});
  }
}

}  // namespace

std::string write_event(const org_event& e, engine& random, bool lean) { return write_members(e, random, lean, {}); }

input_file make_input(engine& random, const input_options& options) {
  constexpr std::int64_t window = 300'000;
  input_file made;
  std::uint64_t line = 0;
  std::int64_t now = options.start;
  std::int64_t latest = options.start;  // of all events written
  const auto add_line = [&](const std::string& text) {
    ++line;
    made.text += text;
    made.text += !options.plain && one_in(random, 5) ? "\r\n" : "\n";
  };
  std::deque<std::int64_t> planned;  // times to come before others
  while (line < options.lines) {
    const std::int64_t edge = now + window - ((now % window + window) % window);
    switch (below(random, 12)) {
      case 0: now += static_cast<std::int64_t>(below(random, 60'000)); break;
      case 1: now = edge; break;
      case 2: case 3: case 4: break;  // the same time again
      default: now += static_cast<std::int64_t>(below(random, 2'000));
    }
    if (one_in(random, 30)) {  // the last event that leaves a window open, or the first that completes it
      planned = {edge + 9'999 + static_cast<std::int64_t>(below(random, 2)), edge - 1, edge};
    }
    org_event e{fmt::format("e-{}", line), any_of(random, orgs), fmt::format("u-{}", below(random, 1000) + 1),
                any_of(random, actions),   any_of(random, texts), any_of(random, texts),
                (static_cast<double>(below(random, 4000)) - 400) / 4, now};
    switch (below(random, 16)) {
      case 0: case 1: case 2: e.ts = latest - static_cast<std::int64_t>(below(random, 10'001)); break;
      case 3: e.ts = latest - 10'000; break;  // just in time
      case 4: e.ts = latest - 10'001 - static_cast<std::int64_t>(below(random, 900'000)); break;
      case 5: e.ts -= (e.ts % window + window) % window + 1; break;  // the last moment of the window before
      default: break;
    }
    if (!planned.empty()) {
      e.ts = planned.front();
      planned.pop_front();
      now = std::max(now, e.ts);
    }
    if (!options.plain && one_in(random, 12)) add_line(any_of(random, std::vector<std::string>{"", "  ", "\t", "\r"}));
    if (!options.plain && one_in(random, 6)) {
      add_line(write_malformed(e, random));
      made.malformed_lines.push_back(line);
      continue;
    }
    latest = std::max(latest, e.ts);
    add_line(write_event(e, random, options.plain));
    made.events.push_back(std::move(e));
  }
  if (one_in(random, 2)) {  // no newline at the end
    while (made.text.ends_with('\n') || made.text.ends_with('\r')) made.text.pop_back();
  }
  return made;
}

}  // namespace apps_test
